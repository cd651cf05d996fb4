//! The object that carries a request (compat.md A.5).

use crate::json::{Kind, Node, Value};
use std::borrow::Cow;

/// A request as it came, its arguments not yet looked at.
pub struct Request<'a> {
    /// The command's name.
    pub command: Cow<'a, str>,
    /// The members of `arguments`.
    pub arguments: Option<Node<'a>>,
    /// What the client wants to see again beside the answer.
    pub id: Option<Value>,
}

/// Why a value is no request; the `id` is echoed on this, too.
#[derive(Debug, PartialEq)]
pub struct NotARequest {
    /// The sentence for the client.
    pub text: String,
    /// What the client wants to see again beside the answer.
    pub id: Option<Value>,
}

/// Reads the envelope.
pub fn open(node: Node<'_>) -> Result<Request<'_>, NotARequest> {
    let Kind::Object(members) = node.kind() else {
        return Err(NotARequest { text: "QMP input must be a JSON object".to_owned(), id: None });
    };
    let id = members.clone().find(|(name, _)| name == "id").map(|(_, id)| Value::from(id));
    if id.as_ref().is_some_and(|id| !id.is_finite()) {
        let text = "QMP input member 'id' holds a number beyond all doubles".to_owned();
        return Err(NotARequest { text, id: None });
    }
    let refused = |text: &str| NotARequest { text: format!("QMP input {text}"), id: id.clone() };
    let (mut command, mut arguments) = (None, None);
    for (name, value) in members {
        match (name.as_ref(), value.kind()) {
            ("execute", Kind::String(name)) => command = Some(name),
            ("execute", _) => return Err(refused("member 'execute' must be a string")),
            ("arguments", Kind::Object(_)) => arguments = Some(value),
            ("arguments", _) => return Err(refused("member 'arguments' must be an object")),
            ("id", _) => {}
            (other, _) => return Err(refused(&format!("member '{other}' is unexpected"))),
        }
    }
    let Some(command) = command else { return Err(refused("lacks member 'execute'")) };
    Ok(Request { command, arguments, id })
}
