use super::*;

fn written(value: &impl Serialize) -> String {
    let mut line = Vec::new();
    write(&mut line, value).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn doubles_have_seventeen_digits() {
    let cases = [
        (0.1, "0.10000000000000001"),
        (100.0, "100"),
        (1e22, "1e+22"),
        (-0.0, "-0"),
        (0.673_339_843_75, "0.67333984375"),
        (1.5e-7, "1.4999999999999999e-07"),
        (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
        (1e16, "10000000000000000"),
        (0.0001, "0.0001"),
        (5e-324, "4.9406564584124654e-324"),
    ];
    for (number, text) in cases {
        assert_eq!(written(&number), text);
    }
    assert!(write(&mut Vec::new(), &f64::INFINITY).is_err());
}

#[test]
fn strings_are_ascii_with_upper_case_escapes() {
    assert_eq!(written(&"a\"\\/\u{8}\u{c}\n\r\t"), r#""a\"\\/\b\f\n\r\t""#);
    assert_eq!(written(&"\u{0}\u{7f}é\u{1F600}"), r#""\u0000\u007F\u00E9\uD83D\uDE00""#);
}

#[test]
fn members_that_are_none_are_left_out() {
    #[derive(Serialize)]
    struct Members {
        first: Option<i64>,
        second: i64,
        third: Option<Vec<bool>>,
        fourth: Option<i64>,
    }
    let members = Members { first: None, second: -2, third: Some(vec![true, false]), fourth: None };
    assert_eq!(written(&members), r#"{"second": -2, "third": [true, false]}"#);
}

#[test]
fn a_long_byte_string_goes_while_it_is_written() {
    let value = Base64::from((0..=250).cycle().take(1 << 20).collect::<Vec<u8>>());
    let (mut bytes, mut gone, mut longest) = (Vec::new(), Vec::new(), 0);
    let mut send = |piece: &mut Vec<u8>| {
        longest = longest.max(piece.len());
        gone.append(piece);
    };
    write_line(&mut Line { bytes: &mut bytes, send: Some(&mut send) }, &value).unwrap();
    gone.append(&mut bytes);
    assert_eq!(String::from_utf8(gone).unwrap(), written(&value));
    assert!(longest < 150_000, "{longest}");
}

#[test]
fn bytes_are_base64() {
    assert_eq!(written(&Base64::from(b"hello".to_vec())), r#""aGVsbG8=""#);
    assert_eq!(written(&crate::Empty {}), "{}");
}
