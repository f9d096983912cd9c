//! Writing requests in the key order of the published samples.

use serde::{Serialize, Serializer};

use super::interactive::{CALL_PERMISSION_REQUEST, VOICE_CALL};
use super::request::INDIVIDUAL;
use super::{ButtonInput, CallButton, Content, MessageRequest, Parameter, PermissionRequest, SendMessage, TemplateMessage, Text};
use crate::calls::MESSAGING_PRODUCT;

impl Serialize for MessageRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::MarkRead { message_id } => {
                MarkRead { messaging_product: MESSAGING_PRODUCT, status: "read", message_id }.serialize(serializer)
            }
            Self::Send(message) => message.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct MarkRead<'a> {
    messaging_product: &'static str,
    status: &'static str,
    message_id: &'a str,
}

impl Serialize for SendMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let blank = Body {
            messaging_product: MESSAGING_PRODUCT,
            recipient_type: INDIVIDUAL,
            to: self.to.as_deref(),
            recipient: self.recipient.as_deref(),
            context: self.context.as_deref().map(|message_id| Context { message_id }),
            kind: self.content.kind(),
            text: None,
            interactive: None,
            template: None,
            biz_opaque_callback_data: self.biz_opaque_callback_data.as_deref(),
        };
        let body = match &self.content {
            Content::Text(text) => Body { text: Some(text), ..blank },
            Content::CallButton(button) => Body { interactive: Some(button.into()), ..blank },
            Content::PermissionRequest(request) => Body { interactive: Some(request.into()), ..blank },
            Content::Template(template) => Body { template: Some(template.into()), ..blank },
        };
        body.serialize(serializer)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactive: Option<Interactive<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<Template<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
}

#[derive(Serialize)]
struct Context<'a> {
    message_id: &'a str,
}

#[derive(Serialize)]
struct Interactive<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Words<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Words<'a>>,
    action: Action<'a>,
}

/// `{"text":…}`, and in a header `{"type":"text","text":…}`.
#[derive(Serialize)]
struct Words<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    text: &'a str,
}

#[derive(Serialize)]
struct Action<'a> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<ActionParameters<'a>>,
}

#[derive(Serialize)]
struct ActionParameters<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

fn words(text: &str) -> Words<'_> {
    Words { kind: None, text }
}

impl<'a> From<&'a CallButton> for Interactive<'a> {
    fn from(button: &'a CallButton) -> Self {
        let CallButton { header, body, footer, display_text, ttl_minutes, payload } = button;
        let chosen = display_text.is_some() || ttl_minutes.is_some() || payload.is_some();
        let parameters = ActionParameters { display_text: display_text.as_deref(), ttl_minutes: *ttl_minutes, payload: payload.as_deref() };
        Self {
            kind: VOICE_CALL,
            header: header.as_deref().map(|text| Words { kind: Some("text"), text }),
            body: Some(words(body)),
            footer: footer.as_deref().map(words),
            action: Action { name: VOICE_CALL, parameters: chosen.then_some(parameters) },
        }
    }
}

impl<'a> From<&'a PermissionRequest> for Interactive<'a> {
    fn from(request: &'a PermissionRequest) -> Self {
        Self {
            kind: CALL_PERMISSION_REQUEST,
            header: None,
            body: request.body.as_deref().map(words),
            footer: None,
            action: Action { name: CALL_PERMISSION_REQUEST, parameters: None },
        }
    }
}

#[derive(Serialize)]
struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Component<'a>>,
}

#[derive(Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(Serialize)]
struct Component<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ComponentParameter<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ComponentParameter<'a> {
    Text {
        #[serde(skip_serializing_if = "Option::is_none")]
        parameter_name: Option<&'a str>,
        text: &'a str,
    },
    TtlMinutes {
        ttl_minutes: u32,
    },
    Payload {
        payload: &'a str,
    },
}

impl<'a> From<&'a TemplateMessage> for Template<'a> {
    fn from(template: &'a TemplateMessage) -> Self {
        let filled = [("header", &template.header), ("body", &template.body)];
        let texts = filled.into_iter().filter(|(_, parameters)| !parameters.is_empty()).map(|(kind, parameters)| Component {
            kind,
            sub_type: None,
            index: None,
            parameters: parameters.iter().map(ComponentParameter::from).collect(),
        });
        let components = texts.chain(template.buttons.iter().map(Component::from)).collect();
        Self { name: &template.name, language: Language { code: &template.language }, components }
    }
}

impl<'a> From<&'a Parameter> for ComponentParameter<'a> {
    fn from(parameter: &'a Parameter) -> Self {
        Self::Text { parameter_name: parameter.name.as_deref(), text: &parameter.text }
    }
}

impl<'a> From<&'a ButtonInput> for Component<'a> {
    fn from(button: &'a ButtonInput) -> Self {
        let (index, parameters) = match button {
            ButtonInput::VoiceCall { index, ttl_minutes, payload } => {
                let ttl_minutes = ttl_minutes.map(|ttl_minutes| ComponentParameter::TtlMinutes { ttl_minutes });
                let payload = payload.as_deref().map(|payload| ComponentParameter::Payload { payload });
                (*index, ttl_minutes.into_iter().chain(payload).collect())
            }
            ButtonInput::QuickReply { index, payload } => (Some(*index), vec![ComponentParameter::Payload { payload }]),
            ButtonInput::Url { index, text } => (Some(*index), vec![ComponentParameter::Text { parameter_name: None, text }]),
        };
        Self { kind: "button", sub_type: Some(button.sub_type()), index, parameters }
    }
}
