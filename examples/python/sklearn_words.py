"""Words with scikit-learn: a search over the arguments of a block.

pip install "runeblocks[sklearn]" && python examples/python/sklearn_words.py [--data DIR]
"""

from clips import load
from runeblocks import Fft, NoiseFiltering
from runeblocks.sklearn import BlockTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


def main():
    clips, _ = load(__doc__)
    blocks = [Fft(window_size=40, window_step=20), NoiseFiltering(out_type="int8")]
    model = Pipeline(
        [
            ("features", BlockTransformer(blocks)),
            ("scale", StandardScaler()),
            ("classify", LogisticRegression(C=0.001, max_iter=1000)),
        ]
    )
    search = GridSearchCV(
        model, {"features__fft__window_step": [20, 40], "features__fft__num_channels": [20, 40]}, cv=3
    )
    search.fit(clips.train, clips.train_labels)
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"]):
        print(f"{score:.1%} in cross-validation with {params}")
    best = search.best_estimator_
    print("front end", best.named_steps["features"].facts_.front_end)
    print(f"{best.score(clips.test, clips.test_labels):.1%} of {len(clips.test)} held-out clips right")


if __name__ == "__main__":
    main()
