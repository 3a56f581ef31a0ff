//! A model's own types, shapes, quantisation and front end, held against what arrives.

use runeblocks_core::{Axis, Digest, Facts, Shape};

use super::OutputPort;
use super::infer::Arrival;
use super::proposal::{Names, other_out_type};
use crate::conversion::Conversion;
use crate::diagnostic::{Diagnostic, count, list};
use crate::model::{LoadedModel, ModelPort};
use crate::runefile;
use crate::span::{Span, Spanned};

/// A model stage as it is written.
pub(super) struct Stage<'a> {
    pub(super) stage: &'a runefile::Stage,
    /// Where the model's file is named.
    pub(super) file: Span,
    pub(super) front_end: Option<&'a Spanned<Digest>>,
}

/// A model, its outputs, and the shape under which it sees each input.
type Connected = (Box<dyn LoadedModel>, Vec<OutputPort>, Vec<Option<Vec<usize>>>);

impl Stage<'_> {
    /// Checks everything that arrives and infers the outputs. `None` where there is an error.
    pub(super) fn connect(
        &self,
        mut model: Box<dyn LoadedModel>,
        arrivals: &[Arrival<'_>],
        allow_other_front_end: bool,
        names: &mut Names,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Connected> {
        let name = &self.stage.name.value;
        for warning in model.warnings() {
            diagnostics.push(Diagnostic::warning("model", self.file, format!("the model of `{name}`: {warning}")));
        }
        if let Some(obstacle) = model.obstacle() {
            diagnostics.push(
                Diagnostic::warning(
                    "cannot-run",
                    self.file,
                    format!("the model of `{name}` cannot be run here: {obstacle}"),
                )
                .help("the pipeline can be checked but not run"),
            );
        }
        if model.inputs().len() != arrivals.len() {
            diagnostics.push(self.wrong_count(model.inputs(), arrivals.len()));
            return None;
        }
        let before = errors(diagnostics);
        for (port, arrival) in model.inputs().iter().zip(arrivals) {
            self.check(port, arrival, names, diagnostics);
            self.check_front_end(port, arrival, allow_other_front_end, diagnostics);
        }
        if errors(diagnostics) > before {
            return None;
        }
        let seen: Vec<Facts> = model.inputs().iter().zip(arrivals).map(|(p, a)| seen(&p.facts, &a.facts)).collect();
        let reshapes = seen.iter().zip(arrivals).map(|(s, a)| s.shape.fixed().filter(|_| s.shape != a.facts.shape));
        let reshapes = reshapes.collect();
        match model.infer(&seen) {
            Ok(facts) => {
                let names = model.outputs().iter().map(|p| p.name.clone());
                let outputs = names.zip(facts).map(|(name, facts)| OutputPort { name, facts }).collect();
                Some((model, outputs, reshapes))
            }
            Err(error) => {
                let mut diagnostic = Diagnostic::error(
                    "model",
                    self.file,
                    format!("the model of `{name}` cannot take its input: {error}"),
                );
                diagnostic.help.extend(error.help().map(ToOwned::to_owned));
                diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn wrong_count(&self, ports: &[ModelPort], found: usize) -> Diagnostic {
        let ports: Vec<String> = ports.iter().map(|p| format!("{}: {}", p.name, p.facts)).collect();
        Diagnostic::error(
            "wrong-count",
            self.stage.inputs_span,
            format!("the model of `{}` has {}, found {found}", self.stage.name.value, count(ports.len(), "input")),
        )
        .label(self.file, "this model")
        .help(format!("name one stage for each input, in this order: {}", list(ports)))
    }

    fn mismatch(&self, code: &'static str, message: String, port: &ModelPort, arrival: &Arrival<'_>) -> Diagnostic {
        let text = format!("stage `{}`: the input `{}` {message}", self.stage.name.value, port.name);
        Diagnostic::error(code, arrival.span, text)
            .at(format!("found {}", arrival.facts))
            .label(arrival.from.span, "it comes from here")
            .label(self.file, format!("the model expects {}", port.facts))
    }

    fn check(&self, port: &ModelPort, arrival: &Arrival<'_>, names: &mut Names, diagnostics: &mut Vec<Diagnostic>) {
        let (found, wanted) = (&arrival.facts, &port.facts);
        if found.element_type != wanted.element_type {
            let message = format!("is {}: expected {}", found.element_type, wanted.element_type);
            let diagnostic = self.mismatch("type-mismatch", message, port, arrival);
            let otherwise = || format!("make `{}` give {}", arrival.from.value, wanted.element_type);
            diagnostics.push(self.convert(diagnostic, port, arrival, names, otherwise));
        }
        if !fits(&found.shape, &wanted.shape) {
            let message = format!("has the shape {}: expected {}", found.shape, wanted.shape);
            let help = match (found.shape.is_stream(), found.shape.count(), wanted.shape.count()) {
                (true, ..) => "the model takes a clip, not a stream: give the input a length".to_owned(),
                (_, Some(a), Some(b)) if a != b => {
                    format!(
                        "{a} elements arrive where {b} are expected: change the arguments of the stages before the model"
                    )
                }
                _ => "shapes fit if they are the same but for axes of length 1, or if one is flat and as long".into(),
            };
            diagnostics.push(self.mismatch("shape-mismatch", message, port, arrival).help(help));
        }
        if let (Some(a), Some(b)) = (found.sample_rate, wanted.sample_rate)
            && a != b
        {
            diagnostics.push(
                self.mismatch("rate-mismatch", format!("comes from {a}: expected {b}"), port, arrival)
                    .help(format!("read sound of {b}, or resample it")),
            );
        }
        if let (Some(a), Some(b)) = (found.quantization, wanted.quantization)
            && !a.agrees_with(b)
            && found.element_type == wanted.element_type
        {
            let message = format!("is quantised with {a}: expected {b}");
            let diagnostic = self.mismatch("quantization-mismatch", message, port, arrival);
            let otherwise = || format!("give `{}` the scale and zero point of the model", arrival.from.value);
            diagnostics.push(self.convert(diagnostic, port, arrival, names, otherwise));
        }
    }

    /// Says how to make what the model takes of what arrives.
    fn convert(
        &self,
        diagnostic: Diagnostic,
        port: &ModelPort,
        arrival: &Arrival<'_>,
        names: &mut Names,
        otherwise: impl Fn() -> String,
    ) -> Diagnostic {
        let mut help: Vec<String> = other_out_type(arrival, port.facts.element_type).into_iter().collect();
        match Conversion::between(&arrival.facts, &port.facts, arrival.greatest()) {
            Some(conversion) => help.extend(names.propose(&conversion, arrival, self.stage)),
            None if help.is_empty() => help.push(otherwise()),
            None => {}
        }
        help.into_iter().fold(diagnostic, Diagnostic::help)
    }

    /// The Runefile's digest counts before the model's own.
    fn check_front_end(
        &self,
        port: &ModelPort,
        arrival: &Arrival<'_>,
        allowed: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(wanted) = self.front_end.map(|d| d.value).or(port.facts.front_end) else { return };
        let span = self.front_end.map_or(self.file, |d| d.span);
        let name = &self.stage.name.value;
        let (code, found) = match arrival.facts.front_end {
            Some(found) if found == wanted => return,
            Some(found) => ("front-end-mismatch", format!("gets {found}")),
            None => ("front-end-unknown", "nothing tells which one its input comes from".into()),
        };
        let message = format!("the model of `{name}` was trained on the front end {wanted}, but {found}");
        let diagnostic = if allowed {
            Diagnostic::warning(code, arrival.span, message)
        } else {
            Diagnostic::error(code, arrival.span, message)
        };
        let at = arrival.facts.front_end.map_or("no front end".into(), |found| format!("front end {found}"));
        let diagnostic = diagnostic
            .at(at)
            .label(span, format!("trained on {wanted}"))
            .help("give the blocks before the model the arguments that it was trained with");
        diagnostics.push(if allowed {
            diagnostic
        } else {
            diagnostic
                .help("or allow another front end, for one to calibrate the model on it: `--allow-other-front-end`")
        });
    }
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.severity == crate::Severity::Error).count()
}

/// Whether a tensor of one shape can be seen under another, whose stream axes take any length.
fn fits(found: &Shape, wanted: &Shape) -> bool {
    if !wanted.is_stream() {
        return found.is_view_of(wanted);
    }
    found.axes().len() == wanted.axes().len()
        && found.axes().iter().zip(wanted.axes()).all(|(f, w)| *w == Axis::Stream || f == w)
}

/// The facts of what arrives, under the shape that the model sees.
pub(super) fn seen(wanted: &Facts, found: &Facts) -> Facts {
    let shape = if wanted.shape.is_stream() { found.shape.clone() } else { wanted.shape.clone() };
    Facts { shape, ..found.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_axes_take_any_length() {
        let open = Shape::from([Axis::Stream, Axis::Fixed(40)]);
        assert!(fits(&[3, 40].into(), &open));
        assert!(fits(&open, &open));
        assert!(!fits(&[3, 41].into(), &open));
        assert!(!fits(&[120].into(), &open));
        assert!(fits(&[49, 40].into(), &[1, 1960].into()));
        assert!(!fits(&open, &[1, 1960].into()));
    }
}
