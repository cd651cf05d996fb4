//! The guest's processors, and what they have to do.

use qga_wire::family::cpu::{LoadAverage, LogicalProcessor};

pub(crate) fn processors(processors: &[LogicalProcessor]) -> String {
    let offline: Vec<_> = processors
        .iter()
        .filter(|processor| !processor.online)
        .map(|processor| processor.logical_id.to_string())
        .collect();
    match offline.len() {
        0 => format!("{}, all online", processors.len()),
        _ => format!("{}, offline are {}", processors.len(), offline.join(", ")),
    }
}

pub(crate) fn load(load: &LoadAverage) -> String {
    let LoadAverage { load1m, load5m, load15m } = load;
    format!("{load1m:.2}, {load5m:.2} over 5 minutes, {load15m:.2} over 15")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_that_are_offline_are_named() {
        let processor = |logical_id, online| LogicalProcessor { logical_id, online, can_offline: None };
        assert_eq!(processors(&[processor(0, true), processor(1, true)]), "2, all online");
        assert_eq!(processors(&[processor(0, true), processor(1, false)]), "2, offline are 1");
    }
}
