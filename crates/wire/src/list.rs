//! The list of all commands, in the order of the reference agent's table (compat.md B.1), and then those that
//! it does not have.

pub use crate::family::{
    account::*, cpu::*, exec::*, file::*, freeze::*, memory::*, network::*, power::*, ssh::*, storage::*,
    sync::*, system::*, time::*,
};

/// Hands the types of all commands, in table order, to a macro: `for_each_command!(register)` becomes
/// `register! { SyncDelimited, Sync, … }`. The types are in [`list`](crate::list).
#[macro_export]
macro_rules! for_each_command {
    ($callback:path) => {
        $callback! {
            SyncDelimited,
            Sync,
            Ping,
            GetTime,
            SetTime,
            Info,
            Shutdown,
            FileOpen,
            FileClose,
            FileRead,
            FileWrite,
            FileSeek,
            FileFlush,
            FsfreezeStatus,
            FsfreezeFreeze,
            FsfreezeFreezeList,
            FsfreezeThaw,
            Fstrim,
            SuspendDisk,
            SuspendRam,
            SuspendHybrid,
            NetworkGetInterfaces,
            GetVcpus,
            SetVcpus,
            GetDisks,
            GetFsinfo,
            SetUserPassword,
            GetMemoryBlocks,
            SetMemoryBlocks,
            GetMemoryBlockInfo,
            ExecStatus,
            Exec,
            GetHostName,
            GetUsers,
            GetTimezone,
            GetOsinfo,
            SshGetAuthorizedKeys,
            SshAddAuthorizedKeys,
            SshRemoveAuthorizedKeys,
            GetDiskstats,
            GetCpustats,
            GetLoad,
            NetworkGetRoute,
            FreezeReport,
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

#[cfg(test)]
mod tests {
    use super::COMMANDS;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_commands_share_a_name() {
        let names: BTreeSet<&str> = COMMANDS.iter().map(|command| command.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
    }
}
