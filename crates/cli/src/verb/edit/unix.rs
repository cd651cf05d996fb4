//! Modes of files.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use tempfile::Builder;

/// What is made is for nobody else to see: a directory for temporary files is everybody's.
pub(super) fn keep_private(builder: &mut Builder<'_, '_>) {
    builder.permissions(Permissions::from_mode(0o700));
}
