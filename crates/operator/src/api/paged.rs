//! Lists that may be long: a page at a time, by id. A cursor is the last id that was shown.

use std::fmt::Display;

use axum::Json;
use callport_engine::ports::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::asked::form;
use crate::problem::Problem;

/// Rows of a page unless another limit is asked for.
const LIMIT: u32 = 50;
/// Most rows of a page.
const MAX_LIMIT: u32 = 500;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Paged<T> {
    /// What there is.
    data: Vec<T>,
    /// Where the next page begins: give it as `cursor`. `null`: there is no more.
    next: Option<String>,
}

impl<T> Paged<T> {
    /// What the store gave for [`Turn::page`].
    pub(super) fn of<R, Id: Display>(mut rows: Vec<R>, most: u32, id: impl Fn(&R) -> &Id, shape: impl Fn(R) -> T) -> Json<Self> {
        let shown = most.saturating_sub(1) as usize;
        let more = rows.len() > shown;
        rows.truncate(shown);
        let next = rows.last().filter(|_| more).map(|last| id(last).to_string());
        Self::whole(rows, next, shape)
    }

    /// These rows, and where the next page begins.
    pub(super) fn whole<R>(rows: Vec<R>, next: Option<String>, shape: impl Fn(R) -> T) -> Json<Self> {
        Json(Self { data: rows.into_iter().map(shape).collect(), next })
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Turn {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// At most so many: 1 to 500, default 50.
    pub(super) limit: Option<u32>,
}

impl Turn {
    /// What the store is asked for: one row more than is shown, which tells whether there is a next page.
    pub(super) fn page<Id, E>(self, read: impl Fn(&str) -> Result<Id, E>) -> Result<Page<Id>, Problem> {
        let after = self.cursor.map(|text| form("cursor", read(&text).map_err(|_| NO_CURSOR))).transpose()?;
        Ok(Page { after, limit: limit(self.limit)? + 1 })
    }
}

/// Why a text is no cursor.
pub(super) const NO_CURSOR: &str = "not the `next` of a page";

/// The limit of a list, within its bounds.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(LIMIT),
        Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
        Some(_) => Err(Problem::malformed(format!("limit: 1 to {MAX_LIMIT}"))),
    }
}
