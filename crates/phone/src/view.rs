//! What the engine knows, as a window shows it.

pub(crate) mod calls;
pub(crate) mod chats;

use callport_core::gate::DeviceKind;
use callport_core::ids::PhoneNumberId;
use callport_core::number::PhoneNumber;
use callport_engine::records::User;
use callport_engine::{Chat, Engine, Fault, UserCall};

use crate::desk::Shared;
use crate::protocol::{Hello, Person, ShownBusiness, Why};
use crate::words;

/// Everything, for the window `tab`: with the chats and the live call that it is to show.
pub(crate) async fn hello(
    engine: &Engine,
    (who, device): (&User, DeviceKind),
    (shared, tab): (&Shared, &str),
    chats: &[Chat],
    call: Option<&UserCall>,
) -> Result<Hello, Fault> {
    let call = match call {
        Some(call) => calls::live(engine, call, shared, tab).await?,
        None => None,
    };
    Ok(Hello {
        user: user(who),
        device: device.into(),
        businesses: businesses(engine, who).await?,
        recents: calls::recents(engine, who).await?,
        call,
        chats: chats::all(engine, who, chats).await?,
    })
}

/// The list of businesses.
pub(crate) async fn businesses(engine: &Engine, who: &User) -> Result<Vec<ShownBusiness>, Fault> {
    let listed = engine.businesses(who).await?;
    let shown = listed.into_iter().map(|business| ShownBusiness {
        callable_from_log: business.callable_from_log,
        icon_hidden: business.icon.err().map(|why| {
            let (reason, text) = words::unavailable(why);
            Why { reason, text: text.to_owned() }
        }),
        person: person(&business.number, business.name),
    });
    Ok(shown.collect())
}

/// The user as a page shows it.
pub(crate) fn user(user: &User) -> Person {
    person(&user.number, user.name.clone())
}

/// Somebody, as a page shows them.
pub(crate) fn person(number: &PhoneNumber, name: String) -> Person {
    Person { number: number.digits().to_owned(), display: number.display(), name }
}

/// A business, as a page shows it; `None` when its number was removed.
pub(crate) async fn party(engine: &Engine, number: &PhoneNumberId) -> Result<Option<Person>, Fault> {
    Ok(engine.store().number(number).await?.map(|number| person(&number.number, number.name)))
}
