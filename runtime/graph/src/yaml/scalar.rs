//! Scalars and the types that the YAML 1.2 core schema gives them.

/// A scalar before its type is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    pub text: String,
    /// Quoted, a block, or tagged `!!str`: a string whatever it looks like.
    pub is_string: bool,
}

impl Scalar {
    /// The scalar by the YAML 1.2 core schema; `None` for an infinity or NaN, which JSON lacks.
    pub(crate) fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        if self.is_string {
            return Some(Json::String(self.text.clone()));
        }
        let text = self.text.as_str();
        Some(match text {
            "" | "~" | "null" | "Null" | "NULL" => Json::Null,
            "true" | "True" | "TRUE" => Json::Bool(true),
            "false" | "False" | "FALSE" => Json::Bool(false),
            _ => match number(text) {
                Some(number) => Json::Number(number?),
                None => Json::String(text.into()),
            },
        })
    }
}

/// `None`: no number. `Some(None)`: a number that is not finite.
pub(crate) fn number(text: &str) -> Option<Option<serde_json::Number>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(None);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            if rest.starts_with('+') {
                return None;
            }
            return u64::from_str_radix(rest, radix).ok().map(|n| Some(n.into()));
        }
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if let Ok(n) = unsigned.parse::<u64>() {
        return Some(Some(n.into()));
    }
    if let Ok(n) = unsigned.parse::<i64>() {
        return Some(Some(n.into()));
    }
    unsigned.parse::<f64>().ok().map(serde_json::Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_follow_the_core_schema() {
        use serde_json::json;
        let json = |text: &str| Scalar { text: text.into(), is_string: false }.to_json();
        for (text, value) in [
            ("1", json!(1)),
            ("-7", json!(-7)),
            ("+3", json!(3)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("0.0390625", json!(0.0390625)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("true", json!(true)),
            ("~", json!(null)),
            ("no", json!("no")),
            ("infinity", json!("infinity")),
            ("nan", json!("nan")),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("e5", json!("e5")),
            ("18446744073709551615", json!(u64::MAX)),
        ] {
            assert_eq!(json(text), Some(value), "{text}");
        }
        assert_eq!(json(".inf"), None);
        assert_eq!(json("-.inf"), None);
        assert_eq!(json("1e999"), None);
        let quoted = Scalar { text: "1".into(), is_string: true };
        assert_eq!(quoted.to_json(), Some(json!("1")));
    }
}
