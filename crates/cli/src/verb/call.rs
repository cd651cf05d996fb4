//! `qga call NAME [JSON]`.

use crate::args::Common;
use crate::failure::Usage;
use crate::output;
use qga_wire::json::{Parser, Value};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command's name, such as guest-get-time
    name: String,
    /// Its arguments, such as '{"handle": 1000}'
    arguments: Option<String>,
}

pub(crate) fn run(common: &Common, args: &Args) -> anyhow::Result<()> {
    let arguments = args.arguments.as_deref().map(parse).transpose()?;
    let answer = common.connect()?.call_raw(&args.name, arguments.as_ref())?;
    if common.json() { output::json(&answer) } else { output::readable_json(&answer) }
}

/// The agent's own dialect, so `{'handle': 1000}` needs no escaping in a shell.
pub(crate) fn parse(text: &str) -> Result<Value, Usage> {
    let mut parser = Parser::new();
    // Numbers and words end only with what follows them.
    parser.feed(text.as_bytes());
    parser.feed(b"\n");
    let value = match parser.next() {
        Some(Ok(node)) => Value::from(node),
        Some(Err(error)) => return Err(Usage(format!("the arguments are no JSON: {error}"))),
        None => return Err(Usage("the arguments are no JSON: they are cut short".to_owned())),
    };
    match (value, parser.next()) {
        (value @ Value::Object(_), None) => Ok(value),
        _ => Err(Usage(format!("the arguments are no JSON object, as in '{{\"handle\": 1000}}': {text}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_one_object_in_the_agents_dialect() {
        let members = vec![("handle".to_owned(), Value::Int(1000))];
        for text in ["{\"handle\": 1000}", " {'handle':1000} "] {
            assert_eq!(parse(text).unwrap(), Value::Object(members.clone()));
        }
        for text in ["", "5", "[]", "null", "{", "{} {}", "{} x", "handle=1000"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
