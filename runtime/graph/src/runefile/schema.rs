//! The JSON Schema of version 2, made of the tables that the reader uses and of the blocks' own declarations.

use runeblocks_core::{ElementType, Registry};
use serde_json::{Map, Value as Json, json};

use super::source::SourceKind;
use super::v2::{self, Key};

const NAME: &str = "^[a-zA-Z_][a-zA-Z0-9_-]*$";
const REFERENCE: &str = r"^[a-zA-Z_][a-zA-Z0-9_-]*(\.([0-9]+|[a-zA-Z_][a-zA-Z0-9_-]*))?$";
const RESOURCE: &str = r"^\$[a-zA-Z_][a-zA-Z0-9_-]*$";

/// An object of the given keys, in which `of` tells the schema of each value.
fn object(keys: &[Key], of: impl Fn(&str) -> Json) -> Json {
    let properties: Map<String, Json> = keys
        .iter()
        .map(|key| {
            let mut schema = of(key.name);
            schema["description"] = key.doc.into();
            (key.name.into(), schema)
        })
        .collect();
    let required: Vec<_> = keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The JSON Schema (2020-12) of a Runefile of version 2 whose blocks are those of `registry`.
#[must_use]
pub fn json_schema(registry: &Registry) -> Json {
    let references = json!({ "anyOf": [
        { "$ref": "#/$defs/reference" },
        { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/reference" } },
    ] });
    let common = |key: &str| match key {
        "from" => references.clone(),
        "expect" => json!({ "anyOf": [
            { "$ref": "#/$defs/expected" },
            { "type": "array", "items": { "$ref": "#/$defs/expected" } },
        ] }),
        "front_end" => json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" }),
        _ => json!({ "type": "string", "minLength": 1 }),
    };
    let mut stages: Vec<Json> = Vec::new();
    for kind in SourceKind::ALL {
        let mut stage = object(v2::INPUT, |key| match key {
            "input" => json!({ "const": kind.name() }),
            "args" => kind.args_schema(),
            _ => common(key),
        });
        require_args(&mut stage);
        stages.push(stage);
    }
    for block in registry.iter() {
        let mut stage = object(v2::BLOCK, |key| match key {
            "block" => json!({ "const": block.name() }),
            "args" => or_resource(block.args_schema()),
            _ => common(key),
        });
        stage["description"] = block.info().summary.into();
        require_args(&mut stage);
        stages.push(stage);
    }
    stages.push(object(v2::MODEL, common));

    let resource = json!({ "anyOf": [object(&[v2::TEXT_RESOURCE], common), object(&[v2::PATH_RESOURCE], common)] });
    let named =
        |of: Json| json!({ "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": of });
    let mut schema = object(v2::TOP, |key| match key {
        "version" => json!({ "const": 2 }),
        "resources" => named(resource.clone()),
        "pipeline" => named(json!({ "$ref": "#/$defs/stage" })),
        _ => references.clone(),
    });
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Runefile, version 2".into();
    schema["$defs"] = json!({
        "reference": { "type": "string", "pattern": REFERENCE },
        "elementType": { "enum": ElementType::ALL.iter().map(|t| t.name()).collect::<Vec<_>>() },
        "shape": { "type": "array", "maxItems": 8, "items": { "type": "integer", "minimum": 1 } },
        "expected": {
            "type": "object",
            "properties": {
                "type": { "$ref": "#/$defs/elementType" },
                "shape": { "type": "array", "maxItems": 8, "items": { "anyOf": [
                    { "type": "integer", "minimum": 1 },
                    { "const": "stream" },
                ] } },
            },
            "additionalProperties": false,
        },
        "stage": { "oneOf": stages },
    });
    schema
}

/// Makes `args` required where one of its arguments is.
fn require_args(stage: &mut Json) {
    if stage["properties"]["args"]["required"].is_array()
        && let Some(required) = stage["required"].as_array_mut()
    {
        required.push("args".into());
    }
}

/// Lets every argument be a resource too.
fn or_resource(mut args: Json) -> Json {
    if let Some(properties) = args["properties"].as_object_mut() {
        for schema in properties.values_mut() {
            let value = schema.take();
            *schema = json!({ "anyOf": [value, { "type": "string", "pattern": RESOURCE }] });
        }
    }
    args
}
