//! Message templates as pure data: what they may look like, and what they show once their placeholders are filled
//! (platform docs, Message templates; Call buttons and deep links; Obtain user call permissions).

/// `category` of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// `MARKETING`.
    Marketing,
    /// `UTILITY`.
    Utility,
    /// `AUTHENTICATION`.
    Authentication,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 3] = [Category::Marketing, Category::Utility, Category::Authentication];

    /// The published name.
    pub fn name(self) -> &'static str {
        match self {
            Category::Marketing => "MARKETING",
            Category::Utility => "UTILITY",
            Category::Authentication => "AUTHENTICATION",
        }
    }

    /// Reads a published name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name().eq_ignore_ascii_case(name))
    }
}

/// `status` of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateStatus {
    /// `APPROVED`: can be sent.
    Approved,
    /// `PENDING`.
    Pending,
    /// `REJECTED`.
    Rejected,
    /// `PAUSED` (132015).
    Paused,
    /// `DISABLED` (132016).
    Disabled,
}

impl TemplateStatus {
    /// Every status.
    pub const ALL: [TemplateStatus; 5] =
        [TemplateStatus::Approved, TemplateStatus::Pending, TemplateStatus::Rejected, TemplateStatus::Paused, TemplateStatus::Disabled];

    /// The published name.
    pub fn name(self) -> &'static str {
        match self {
            TemplateStatus::Approved => "APPROVED",
            TemplateStatus::Pending => "PENDING",
            TemplateStatus::Rejected => "REJECTED",
            TemplateStatus::Paused => "PAUSED",
            TemplateStatus::Disabled => "DISABLED",
        }
    }

    /// Reads a published name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name))
    }
}
