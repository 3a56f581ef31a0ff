"""Synthetic speech for training, by espeak-ng: the English words in other voices, and words of other
languages, which only tell the network how words can differ.

Estonian and Arabic are left out, so that recalibrating for them is a test; so are the voice of the demo clips
and the voices of the shared Estonian test clips.
"""

import hashlib
import io
import subprocess
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import soundfile

from clips import CLASSES, UNKNOWN, Clips
from frontend import CLIP_SAMPLES, SAMPLE_RATE

ACCENTS = "en-gb en-us en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-029 en-us-nyc".split()
VARIANTS = (
    "Alicia Andrea Lee Michael f1 f3 f4 john linda m1 m5 m8 paul adam Alex belinda benjamin david ed edward Gene "
    "Denis Diogo Hugo Jacky max miguel mike pablo quincy rob robert travis victor zac grandma grandpa klatt klatt2"
).split()
NEAR = (  # English words that sound much like one of the four
    "cup pup app hop hub puff but us town dawn noun done brown gown lift laugh let leaf loft ride bright light rate red"
).split()
FOREIGN = {
    "bg": "горе долу ляво дясно да къща четири куче",
    "ca": "amunt avall esquerra dreta sí casa quatre gos",
    "cmn": "上面 下面 左边 右边 房子 水 四 狗",
    "cs": "nahoru dolů vlevo vpravo ano dům čtyři pes",
    "cy": "lan lawr chwith dde tŷ dŵr pedwar ci",
    "da": "op ned venstre højre hus fire vand ikke",
    "de": "oben unten links rechts ja haus sieben hund",
    "el": "πάνω κάτω αριστερά δεξιά ναι σπίτι τέσσερα σκύλος",
    "eo": "supren malsupren maldekstre dekstre jes domo kvar hundo",
    "es": "arriba abajo izquierda derecha sí casa cuatro perro",
    "eu": "gora behera ezker eskuin bai etxe lau ura",
    "fa": "بالا پایین چپ راست بله خانه چهار سگ",
    "fr-fr": "haut bas gauche droite oui maison quatre chien",
    "hi": "ऊपर नीचे बाएं दाएं हाँ घर चार कुत्ता",
    "hr": "gore dolje lijevo desno kuća četiri pas voda",
    "hu": "fel le balra jobbra igen ház négy kutya",
    "id": "atas bawah kiri kanan ya rumah empat anjing",
    "it": "su giù sinistra destra sì casa quattro acqua",
    "ja": "うえ した ひだり みぎ はい いえ よん みず",
    "ka": "ზემოთ ქვემოთ მარცხნივ მარჯვნივ სახლი წყალი ოთხი ძაღლი",
    "ko": "위로 아래 왼쪽 오른쪽 집 물 넷 개",
    "lt": "aukštyn žemyn kairė dešinė taip namas keturi šuo",
    "lv": "augšā lejā kreisi labi jā māja četri suns",
    "nl": "omhoog omlaag links rechts ja huis zeven water",
    "pl": "góra dół lewo prawo tak dom cztery pies",
    "pt-br": "cima baixo esquerda direita sim casa cachorro água",
    "ro": "sus jos stânga dreapta da casă patru câine",
    "ru": "вверх вниз влево вправо да дом четыре собака",
    "sv": "upp ner vänster höger ja hus sju vatten",
    "sw": "juu chini kushoto kulia ndiyo nyumba nne mbwa",
    "ta": "மேலே கீழே இடது வலது வீடு தண்ணீர் நான்கு நாய்",
    "tr": "yukarı aşağı sol sağ evet ev dört köpek",
    "vi": "lên xuống trái phải nhà nước bốn chó",
}
PER_WORD = {"four": 120, "english": 40, "near": 12, "foreign": 8}


def utterances(words, seed):
    """What to say: (class, word, text, espeak-ng's arguments), the same for the same seed."""
    rng = np.random.default_rng(seed)
    said = [(w, w, ACCENTS, PER_WORD["four" if w in CLASSES else "english"]) for w in words]
    said += [(w, w, ACCENTS, PER_WORD["near"]) for w in NEAR]
    said += [(f"{l} {w}", w, [l], PER_WORD["foreign"]) for l in FOREIGN for w in FOREIGN[l].split()]
    for word, text, accents, count in said:
        label = CLASSES.index(word) if word in CLASSES else UNKNOWN
        for _ in range(count):
            voice = f"{rng.choice(accents)}+{rng.choice(VARIANTS)}"
            pitch, speed = rng.integers(20, 81), rng.integers(110, 221)
            yield label, word, text, ["-v", voice, "-p", str(pitch), "-s", str(speed)]


def speak(text, arguments):
    """int16[16000] with the text in the middle and its peak at -6 dBFS; what exceeds a second is cut off."""
    command = ["espeak-ng", *arguments, "--stdout", text]
    x, rate = soundfile.read(io.BytesIO(subprocess.run(command, check=True, capture_output=True).stdout))
    loud = np.flatnonzero(np.abs(x) > 0.01 * np.abs(x).max())
    x = x[loud[0] : loud[-1] + 1]
    # Resampled in the frequency domain: the bins above 8 kHz are dropped.
    length = round(len(x) * SAMPLE_RATE / rate)
    x = np.fft.irfft(np.fft.rfft(x)[: length // 2 + 1], length)[:CLIP_SAMPLES]
    out = np.zeros(CLIP_SAMPLES)
    start = (CLIP_SAMPLES - len(x)) // 2
    out[start : start + len(x)] = x
    return np.rint(out / np.abs(out).max() * 10 ** (-6 / 20) * 32767).astype(np.int16)


def synthetic(words, seed, cache, jobs):
    """The synthetic clips, kept in a file in the folder `cache`; `words` are English."""
    said = list(utterances(words, seed))
    try:
        version = subprocess.run(["espeak-ng", "--version"], check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise SystemExit("espeak-ng, which speaks the synthetic clips, is not installed: apt install espeak-ng") from None
    key = hashlib.sha256(version + repr(said).encode() + Path(__file__).read_bytes()).hexdigest()[:16]
    path = cache / f"voices-{key}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with ThreadPool(jobs) as pool:
            samples = np.stack(pool.map(lambda u: speak(*u[2:]), said))
        with open(path.with_suffix(".part"), "wb") as file:
            np.save(file, samples)
        path.with_suffix(".part").replace(path)
    label, word = (np.array([u[i] for u in said]) for i in (0, 1))
    return Clips(np.load(path), label, word, np.full(len(said), "espeak-ng"))
