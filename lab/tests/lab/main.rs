//! What the agent does in a real guest. One program for all of it, so that guests are booted once.

mod basics;
