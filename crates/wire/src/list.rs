//! The list of all commands, in the order of the reference agent's table (compat.md B.1).

use crate::family::{sync::*, system::*};

/// Hands the types of all commands, in table order, to the macro named: `for_each_command!(register)`
/// becomes `register! { SyncDelimited, Sync, … }`, with [`Command`](crate::Command) types in scope of
/// `qga_wire::list`.
#[macro_export]
macro_rules! for_each_command {
    ($callback:path) => {
        $callback! {
            SyncDelimited,
            Sync,
            Ping,
            Info,
        }
    };
}

macro_rules! declarations {
    ($($command:ident),* $(,)?) => {
        /// What is declared of each command, in table order.
        pub const COMMANDS: &[&crate::Declaration] = &[$(&<$command as crate::Command>::DECLARATION),*];
    };
}

for_each_command!(declarations);
