//! A business backend that speaks only the published API: takes webhooks, answers, echo, tone or menu.
