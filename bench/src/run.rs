//! Takes turns.

use crate::{
    client::median,
    line::{Line, Round, Size},
    program::Program,
};
use anyhow::{Context, Result, anyhow};
use std::{panic::resume_unwind, thread};

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    Quick,
    Full,
}

/// What a line has shown.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) line: Line,
    pub(crate) numbers: Result<Numbers>,
}

/// The medians of a line.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    pub(crate) limit: Option<f64>,
    /// As what power of the size ours and theirs grow.
    pub(crate) exponents: Option<(f64, f64)>,
}

/// Measures a line.
pub(crate) fn run(line: &Line, ours: &Program, theirs: &Program, effort: Effort) -> Outcome {
    Outcome { line: *line, numbers: measure(line, ours, theirs, effort).context(line.what) }
}

fn measure(line: &Line, ours: &Program, theirs: &Program, effort: Effort) -> Result<Numbers> {
    let rounds = if effort == Effort::Quick { line.rounds.min(3) } else { line.rounds };
    match (line.size, effort) {
        (Size::Fixed(size), _)
        | (Size::Less { quick: size, .. } | Size::Grows { from: size, .. }, Effort::Quick)
        | (Size::Less { full: size, .. }, Effort::Full) => in_scene(line, ours, theirs, size, rounds),
        (Size::Grows { from, to }, Effort::Full) => {
            let small = in_scene(line, ours, theirs, from, rounds)?;
            let big = in_scene(line, ours, theirs, to, rounds)?;
            let exponents =
                (exponent(from, small.ours, to, big.ours), exponent(from, small.theirs, to, big.theirs));
            Ok(Numbers { exponents: Some(exponents), ..big })
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are small numbers")]
fn exponent(from: usize, small: f64, to: usize, big: f64) -> f64 {
    (big / small).ln() / (to as f64 / from as f64).ln()
}

/// Measures on a thread of its own, which the scene may change for good.
fn in_scene(line: &Line, ours: &Program, theirs: &Program, size: usize, rounds: usize) -> Result<Numbers> {
    thread::scope(|scope| {
        let measuring = scope.spawn(|| {
            (line.scene)(size).context("cannot lay the scene")?;
            take_turns(
                (line.agent)(ours, size)?,
                (line.agent)(theirs, size).map_err(|error| anyhow!("{}: {error:#}", theirs.name))?,
                line.limit.map(|limit| limit(size)).transpose()?,
                rounds,
            )
        });
        measuring.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn take_turns(
    mut ours: Round,
    mut theirs: Round,
    mut limit: Option<Round>,
    rounds: usize,
) -> Result<Numbers> {
    let mut found: [Vec<f64>; 3] = Default::default();
    for _ in 0..rounds {
        let [of_ours, of_theirs, of_limit] = &mut found;
        of_ours.push(ours()?);
        of_theirs.push(theirs()?);
        if let Some(limit) = &mut limit {
            of_limit.push(limit()?);
        }
    }
    let [of_ours, of_theirs, of_limit] = found.map(median);
    Ok(Numbers { ours: of_ours, theirs: of_theirs, limit: limit.map(|_| of_limit), exponents: None })
}
