//! What a line of the table is.

use crate::program::Program;
use anyhow::Result;

/// A group of lines.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) lines: &'static [Line],
}

/// A line of the table: one kind of load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// What is measured, as the reader of the table sees it.
    pub(crate) what: &'static str,
    pub(crate) unit: Unit,
    /// What our agent is to reach, as a ratio to the reference agent.
    pub(crate) target: Target,
    pub(crate) size: Size,
    /// How many times each agent has its turn.
    pub(crate) rounds: usize,
    /// What the thread that measures does to itself before all else; agents inherit it.
    pub(crate) scene: fn(usize) -> Result<()>,
    /// Makes an agent ready; called in the scene.
    pub(crate) agent: fn(&Program, usize) -> Result<Round>,
    /// Makes the least work ready that would do the same.
    pub(crate) limit: Option<fn(usize) -> Result<Round>>,
}

/// One turn: does the work and tells how much it took or brought, in the unit of the line.
pub(crate) type Round = Box<dyn FnMut() -> Result<f64>>;

/// How much there is of what the line is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Size {
    /// The same in a quick run.
    Fixed(usize),
    /// Less in a quick run.
    Less { quick: usize, full: usize },
    /// The time is also told as a power of the size, from a smaller one, which is that of a quick run.
    Grows { from: usize, to: usize },
}

/// A unit, and whether more of it is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    MegabytesPerSecond,
    PerSecond,
    Kibibytes,
    /// Of one processor.
    Processor,
    WakeUps,
}

/// Ratios that must and should be reached: at most, or at least where more is better.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Ratio {
        must: f64,
        should: f64,
    },
    /// No slower than the reference agent.
    NotAbove,
    /// The number itself, as the reference agent sets no measure.
    Value(f64),
    /// This part of the limit.
    OfLimit(f64),
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Microseconds => "µs",
            Unit::Milliseconds => "ms",
            Unit::MegabytesPerSecond => "MB/s",
            Unit::PerSecond | Unit::WakeUps => "per s",
            Unit::Kibibytes => "KiB",
            Unit::Processor => "CPU",
        }
    }

    pub(crate) fn more_is_better(self) -> bool {
        matches!(self, Unit::MegabytesPerSecond | Unit::PerSecond)
    }
}

/// A line to start from: a time in microseconds, on all processors.
pub(crate) const LINE: Line = Line {
    what: "",
    unit: Unit::Microseconds,
    target: Target::NotAbove,
    size: Size::Fixed(0),
    rounds: 9,
    scene: |_| Ok(()),
    agent: |_, _| anyhow::bail!("nothing to measure"),
    limit: None,
};
