//! How businesses come onto the platform: what adapters ask of registration, sign-up, solutions and credit lines.

mod partners;
mod registration;
mod sign_up;

use callport_flow::{Key, Query, Row};

pub use partners::NewSolution;

use crate::engine::Engine;
use crate::fault::Fault;
use crate::records::EnrolmentRecord;

impl Engine {
    /// What is kept of that kind and id.
    pub async fn enrolment<T: EnrolmentRecord>(&self, id: &str) -> Result<Option<T>, Fault> {
        let found = self.store().row(&Key::Enrolment(T::KIND, id.to_owned())).await?;
        Ok(match found.row.as_deref() {
            Some(Row::Enrolment(row)) => T::of(row).cloned(),
            _ => None,
        })
    }

    /// What is kept of that kind under that owner, by id; at most so many.
    pub async fn enrolments<T: EnrolmentRecord>(&self, owner: &str, most: u32) -> Result<Vec<T>, Fault> {
        let rows = self.store().rows(&Query::Enrolments(T::KIND, owner.to_owned(), most)).await?;
        Ok(rows.iter().filter_map(|(_, row)| if let Row::Enrolment(row) = &**row { T::of(row).cloned() } else { None }).collect())
    }
}
