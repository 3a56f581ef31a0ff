//! The signal that everything here runs on.

/// Its length.
pub const SECONDS: u32 = 20;

/// Samples a second.
pub const SAMPLE_RATE: u32 = 16_000;

/// Speech-like sound: pulses of a wandering pitch and noise, through three wandering resonances, in syllables with pauses.
/// It is made by additions and multiplications alone, so it is the same everywhere. It is long enough that it does not
/// fit into a branch predictor.
#[must_use]
pub fn speech_like() -> Vec<i16> {
    let mut random = 1u32;
    let mut uniform = move || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(random >> 8) / f64::from(1u32 << 24)
    };
    let mut resonances = [(0.0, 0.0); 3];
    let (mut phase, mut pitch, mut voiced, mut level, mut target) = (0.0, 120.0, true, 0.0, 1.0);
    let mut coefficients = [(1.6, 0.92); 3];
    (0..SECONDS * SAMPLE_RATE)
        .map(|n| {
            if n % (SAMPLE_RATE / 6) == 0 {
                pitch = 90.0 + 120.0 * uniform();
                voiced = uniform() < 0.7;
                target = if uniform() < 0.2 { 0.0 } else { uniform() };
                for (i, (a, b)) in coefficients.iter_mut().enumerate() {
                    let radius = 0.95 + 0.04 * uniform();
                    let cosine = [0.95, 0.75, 0.3][i] - 0.2 * uniform();
                    (*a, *b) = (2.0 * radius * cosine, radius * radius);
                }
            }
            level += (target - level) * 0.003;
            phase += pitch / f64::from(SAMPLE_RATE);
            let pulse = phase >= 1.0;
            phase -= f64::from(u8::from(pulse));
            let noise = uniform() - 0.5;
            let excitation = if voiced { f64::from(u8::from(pulse)) * 6.0 + noise * 0.05 } else { noise };
            let sum: f64 = resonances
                .iter_mut()
                .zip(coefficients)
                .map(|((y1, y2), (a, b))| {
                    let y = excitation * (1.0 - b) + a * *y1 - b * *y2;
                    (*y1, *y2) = (y, *y1);
                    y
                })
                .sum();
            (sum * level * 12_000.0) as i16
        })
        .collect()
}
