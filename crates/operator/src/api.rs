//! `/admin/v1`: one file for each kind of thing.

use utoipa_axum::router::OpenApiRouter;

use crate::state::OperatorState;

pub(crate) fn routes() -> OpenApiRouter<OperatorState> {
    OpenApiRouter::default()
}
