//! A bar that shows how far a copy is; only on a terminal.

use crate::terminal::Escaped;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;

const WITH_END: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
const WITHOUT_END: &str = "{msg} {spinner} {binary_bytes} {binary_bytes_per_sec}";

/// A bar for `size` bytes, if that is known. A file's name may be anybody's, on both sides.
pub(crate) fn bar(name: impl Display, size: Option<u64>) -> anyhow::Result<ProgressBar> {
    let template = if size.is_some() { WITH_END } else { WITHOUT_END };
    let style = ProgressStyle::with_template(template).context("the bar's template")?;
    let bar = size.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    Ok(bar.with_style(style).with_message(Escaped(name).to_string()))
}
