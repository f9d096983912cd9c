//! Ids by which portfolios know users. Each hangs on two rows, so that it comes and goes with either.

use callport_core::ids::PortfolioId;
use callport_engine::records::User;
use callport_flow::{Key, Row};

use super::facets::{Listed, Place};
use super::rows::Rows;

impl Rows {
    /// By which ids portfolios know users. They change when a portfolio or a user comes or goes, or a user takes another number.
    pub(super) fn rename(&mut self, was: Option<&Row>, is: Option<&Row>, place: Place) {
        match (was, is) {
            (Some(Row::User(was)), Some(Row::User(is))) if (&was.number, was.numbers_before) == (&is.number, is.numbers_before) => {}
            (Some(Row::Portfolio(_)), Some(Row::Portfolio(_))) => {}
            (Some(Row::User(_)), _) | (_, Some(Row::User(_))) => {
                let names = |rows: &Self, row: Option<&Row>| match row {
                    Some(Row::User(user)) => rows.portfolios().into_iter().map(|portfolio| known_as(portfolio, user)).collect(),
                    _ => Vec::new(),
                };
                for name in names(self, was) {
                    self.places.remove(&name);
                }
                let names = names(self, is);
                self.places.extend(names.into_iter().map(|name| (name, place)));
            }
            (Some(Row::Portfolio(gone)), None) => {
                for (_, name) in self.names_in(&gone.id) {
                    self.places.remove(&name);
                }
            }
            (None, Some(Row::Portfolio(new))) => {
                let names = self.names_in(&new.id);
                self.places.extend(names.into_iter().map(|(place, name)| (name, place)));
            }
            _ => {}
        }
    }

    fn portfolios(&self) -> Vec<PortfolioId> {
        let rows = self.after(Listed::Portfolio(None)).map(|stored| &*stored.row);
        rows.filter_map(|row| if let Row::Portfolio(row) = row { Some(row.id.clone()) } else { None }).collect()
    }

    fn names_in(&self, portfolio: &PortfolioId) -> Vec<(Place, Key)> {
        let users = self.after(Listed::User(None)).map(|stored| &*stored.row);
        let names = users.filter_map(|row| match row {
            Row::User(user) => Some((self.place(&row.key())?, known_as(portfolio.clone(), user))),
            _ => None,
        });
        names.collect()
    }
}

fn known_as(portfolio: PortfolioId, user: &User) -> Key {
    let id = user.bsuid(&portfolio);
    Key::UserKnownAs(portfolio, id)
}
