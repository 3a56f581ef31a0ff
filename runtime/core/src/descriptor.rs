//! What a block says of itself, and all that follows from it.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value, json};

use crate::{
    ArgSpec, Args, BlockError, BlockErrors, DynBlock, ElementType, Inputs, Notation, Outputs, PortType, ProcBlock,
    args::resolve_args, parse_args, ports,
};

/// The part of a port's description that its Rust type does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// The name.
    pub name: &'static str,
    /// A name for each axis; empty for a port of any rank.
    pub axes: &'static [&'static str],
    /// What travels here, with Q-format and unit where they apply.
    pub summary: &'static str,
    /// The element types, where there are fewer than the Rust type takes; empty where there are not.
    pub types: &'static [ElementType],
}

impl Port {
    /// A port.
    #[must_use]
    pub const fn new(name: &'static str, axes: &'static [&'static str], summary: &'static str) -> Self {
        Port { name, axes, summary, types: &[] }
    }

    /// Says which element types the block takes or gives of those that the Rust type allows. The block's `infer` refuses
    /// others.
    #[must_use]
    pub const fn types(self, types: &'static [ElementType]) -> Self {
        Port { types, ..self }
    }

    /// What the Rust type tells, narrowed to the element types of this port.
    fn narrow(self, port: PortType) -> (Port, PortType) {
        (self, PortType { types: if self.types.is_empty() { port.types } else { self.types }, ..port })
    }
}

/// What a block says of itself beside its types.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Info {
    /// The name, in kebab-case.
    pub name: &'static str,
    /// One line: what the block does.
    pub summary: &'static str,
    /// Topics to find it by.
    pub tags: &'static [&'static str],
    /// The inputs.
    pub inputs: &'static [Port],
    /// The outputs.
    pub outputs: &'static [Port],
    /// Counts up when the same arguments and inputs give other outputs, or the saved state has another form.
    pub implementation_version: u32,
    /// Arguments that a stage of a version 1 Runefile has unless it sets them, as a JSON object.
    pub v1_defaults: &'static str,
    /// Whether the block needs the standard library, which a microcontroller lacks.
    pub needs_std: bool,
}

impl Info {
    /// A block of version 1 without ports.
    #[must_use]
    pub const fn new(name: &'static str, summary: &'static str) -> Self {
        Info {
            name,
            summary,
            tags: &[],
            inputs: &[],
            outputs: &[],
            implementation_version: 1,
            v1_defaults: "{}",
            needs_std: false,
        }
    }

    /// Sets the tags.
    #[must_use]
    pub const fn tags(self, tags: &'static [&'static str]) -> Self {
        Info { tags, ..self }
    }

    /// Sets the inputs.
    #[must_use]
    pub const fn inputs(self, inputs: &'static [Port]) -> Self {
        Info { inputs, ..self }
    }

    /// Sets the outputs.
    #[must_use]
    pub const fn outputs(self, outputs: &'static [Port]) -> Self {
        Info { outputs, ..self }
    }

    /// Sets the implementation's version.
    #[must_use]
    pub const fn implementation_version(self, implementation_version: u32) -> Self {
        Info { implementation_version, ..self }
    }

    /// Says that the block needs the standard library.
    #[must_use]
    pub const fn needs_std(self) -> Self {
        Info { needs_std: true, ..self }
    }

    /// Sets the arguments that version 1 Runefiles take for granted.
    #[must_use]
    pub const fn v1_defaults(self, v1_defaults: &'static str) -> Self {
        Info { v1_defaults, ..self }
    }
}

type Create = fn(&Map<String, Value>, Notation) -> Result<Box<dyn DynBlock>, BlockErrors>;

/// A block's description: everything that parsing, schemas, documentation and programs need to know of it.
#[derive(Debug)]
pub struct Descriptor {
    info: Info,
    args: &'static [ArgSpec],
    input_types: &'static [PortType],
    output_types: &'static [PortType],
    create: Create,
}

impl Descriptor {
    /// The description of a block.
    #[must_use]
    pub const fn of<B: ProcBlock>() -> Self {
        Descriptor {
            info: B::INFO,
            args: B::Args::SPECS,
            input_types: <B::Input<'static> as Inputs<'static>>::PORTS,
            output_types: <B::Output<'static> as Outputs<'static>>::PORTS,
            create: |args, notation| Ok(Box::new(B::new(parse_args(args, notation)?)?)),
        }
    }

    /// The name, in kebab-case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.info.name
    }

    /// What the block says of itself.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The arguments.
    #[must_use]
    pub fn args(&self) -> &'static [ArgSpec] {
        self.args
    }

    /// The inputs with their types.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = (Port, PortType)> {
        self.info.inputs.iter().zip(self.input_types).map(|(port, of)| port.narrow(*of))
    }

    /// The outputs with their types.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = (Port, PortType)> {
        self.info.outputs.iter().zip(self.output_types).map(|(port, of)| port.narrow(*of))
    }

    /// Makes a block from arguments, given as a JSON object (or null for none).
    ///
    /// # Errors
    ///
    /// Every unknown, missing or unfit argument.
    pub fn create(&self, args: &Value) -> Result<Box<dyn DynBlock>, BlockErrors> {
        match args {
            Value::Object(args) => self.create_with(args, Notation::Typed),
            Value::Null => self.create_with(&Map::new(), Notation::Typed),
            other => Err(BlockError::Argument {
                name: "args".to_string(),
                found: other.to_string(),
                expected: "an object".to_string(),
                help: None,
            }
            .into()),
        }
    }

    /// Makes a block from arguments in the given notation; in that of version 1, with the defaults of version 1.
    ///
    /// # Errors
    ///
    /// Every unknown, missing or unfit argument.
    pub fn create_with(&self, args: &Map<String, Value>, notation: Notation) -> Result<Box<dyn DynBlock>, BlockErrors> {
        let mut args = args.clone();
        if notation == Notation::V1 {
            for (name, value) in self.v1_defaults() {
                let spec = self.args.iter().find(|spec| spec.name == name);
                if !spec
                    .is_some_and(|spec| args.contains_key(&name) || spec.aliases.iter().any(|a| args.contains_key(*a)))
                {
                    args.insert(name, value);
                }
            }
        }
        (self.create)(&args, notation)
    }

    /// A value for each argument: that which is given, under the argument's own name, or the default. Arguments that
    /// mean the same are equal here. What arguments mean together is not checked.
    ///
    /// # Errors
    ///
    /// Every unknown, missing or unfit argument.
    pub fn resolve(&self, args: &Map<String, Value>) -> Result<Map<String, Value>, BlockErrors> {
        resolve_args(self.args, args, Notation::Typed)
    }

    /// Arguments that a stage of a version 1 Runefile has unless it sets them.
    #[must_use]
    pub fn v1_defaults(&self) -> Map<String, Value> {
        serde_json::from_str(self.info.v1_defaults).unwrap_or_default()
    }

    /// The JSON Schema of the arguments.
    #[must_use]
    pub fn args_schema(&self) -> Value {
        let properties: Map<_, _> = self
            .args
            .iter()
            .flat_map(|spec| {
                let name = |name: &str| (name.to_string(), spec.schema());
                core::iter::once(name(spec.name)).chain(spec.aliases.iter().map(move |alias| name(alias)))
            })
            .collect();
        let required: Vec<_> =
            self.args.iter().filter(|s| s.default.is_none() && s.aliases.is_empty()).map(|s| s.name).collect();
        let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// The whole description as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let port = |(port, of): (Port, PortType)| {
            let types: Vec<_> = of.types.iter().map(|t| t.name()).collect();
            json!({ "name": port.name, "types": types, "axes": port.axes, "summary": port.summary })
        };
        json!({
            "name": self.info.name,
            "summary": self.info.summary,
            "tags": self.info.tags,
            "implementation_version": self.info.implementation_version,
            "inputs": self.inputs().map(port).collect::<Vec<_>>(),
            "outputs": self.outputs().map(port).collect::<Vec<_>>(),
            "args": self.args_schema(),
            "v1_defaults": self.v1_defaults(),
            "needs_std": self.info.needs_std,
        })
    }

    /// The whole description as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}.\n", self.info.name, self.info.summary);
        if self.info.needs_std {
            text += "It needs the standard library, so it does not run on a microcontroller.\n";
        }
        let port = |(port, of): (Port, PortType)| {
            let axes =
                if port.axes.is_empty() { "any shape".to_string() } else { format!("`[{}]`", port.axes.join(", ")) };
            let types = ports::expected(PortType { rank: None, ..of });
            format!("| `{}` | {types} | {axes} | {} |\n", port.name, port.summary)
        };
        text += "\n| port | element type | shape | what |\n|---|---|---|---|\n";
        text.extend(self.inputs().map(port).map(|row| row.replacen("| `", "| in `", 1)));
        text.extend(self.outputs().map(port).map(|row| row.replacen("| `", "| out `", 1)));
        if !self.args.is_empty() {
            text += "\n| argument | default | expected | what |\n|---|---|---|---|\n";
        }
        for spec in self.args {
            let default = match spec.default.map(|default| default()) {
                None => "required".to_string(),
                Some(Value::Null) => "none".to_string(),
                Some(Value::String(text)) => format!("`{text}`"),
                Some(value) => format!("`{value}`"),
            };
            let aliases: String = spec.aliases.iter().map(|alias| format!(", `{alias}`")).collect();
            text += &format!("| `{}`{aliases} | {default} | {} | {} |\n", spec.name, spec.expected(), spec.summary);
        }
        text
    }

    /// Whether what the block says of its ports agrees with their types; the text tells what does not.
    ///
    /// # Errors
    ///
    /// The first disagreement.
    pub fn check(&self) -> Result<(), String> {
        let name = self.info.name;
        let sides = [(self.info.inputs, self.input_types), (self.info.outputs, self.output_types)];
        for (ports, types) in sides {
            if ports.len() != types.len() {
                return Err(format!("`{name}` describes {} ports and has {}", ports.len(), types.len()));
            }
            for (port, of) in ports.iter().zip(types) {
                if let Some(foreign) = port.types.iter().find(|t| !of.types.contains(t)) {
                    return Err(format!(
                        "`{name}` describes `{}` as {foreign}, which its type does not allow",
                        port.name
                    ));
                }
                if of.rank.is_some_and(|rank| rank != port.axes.len()) {
                    return Err(format!(
                        "`{name}` names {} axes of `{}`, which has {:?}",
                        port.axes.len(),
                        port.name,
                        of.rank
                    ));
                }
            }
        }
        let defaults = serde_json::from_str::<Map<String, Value>>(self.info.v1_defaults);
        let defaults = defaults.map_err(|error| format!("the version 1 defaults of `{name}`: {error}"))?;
        match defaults.keys().find(|key| self.args.iter().all(|spec| spec.name != **key)) {
            Some(key) => Err(format!("`{name}` has a version 1 default for `{key}`, which is no argument of it")),
            None => Ok(()),
        }
    }
}
