//! Scalars and the types that the YAML 1.2 core schema gives them.

/// A scalar before its type is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    pub text: String,
    /// Quoted, a block, or tagged `!!str`: a string whatever it looks like.
    pub is_string: bool,
}

impl Scalar {
    /// Whether nothing stands here.
    pub(crate) fn is_null(&self) -> bool {
        !self.is_string && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The scalar by the YAML 1.2 core schema; an infinity or NaN, which JSON lacks, is the text that it is written as.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        if self.is_null() {
            return Json::Null;
        }
        match (self.is_string, self.text.as_str()) {
            (false, "true" | "True" | "TRUE") => Json::Bool(true),
            (false, "false" | "False" | "FALSE") => Json::Bool(false),
            (false, text) => number(text).flatten().map_or_else(|| self.text.as_str().into(), Json::Number),
            (true, text) => text.into(),
        }
    }

    /// The characters of the scalar, whatever they look like; null where nothing stands here.
    pub(crate) fn to_text(&self) -> serde_json::Value {
        if self.is_null() { serde_json::Value::Null } else { self.text.as_str().into() }
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
            assert_eq!(json(text), value, "{text}");
        }
        for text in [".inf", "-.inf", ".nan", "1e999"] {
            assert_eq!(json(text), json!(text), "{text}");
        }
        let quoted = Scalar { text: "1".into(), is_string: true };
        assert_eq!(quoted.to_json(), json!("1"));
    }
}
