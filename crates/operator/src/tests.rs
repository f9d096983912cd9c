//! The whole router in process: in-memory store, a calendar that stands, fakes of media, carrier and people.

mod access;
mod acting;
mod behaviours;
mod calls;
mod clock;
mod description;
mod desk;
mod events;
mod faults;
mod fixture;
mod objects;
mod operators;
mod pages;
mod people;
mod removal;
mod scripted;
mod walk;
mod webhooks;
