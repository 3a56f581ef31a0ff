"""Words with PyTorch: clips are augmented as sound, and become features in the workers of a DataLoader.

pip install "runeblocks[torch]" && python examples/python/torch_words.py [--data DIR]
"""

import torch
from clips import load, variant
from runeblocks import Fft, NoiseFiltering
from runeblocks.torch import BlockDataset
from torch import nn
from torch.utils.data import DataLoader

BLOCKS = [Fft(window_size=30, window_step=20, num_channels=40), NoiseFiltering(out_type="int8")]


def main():
    clips, args = load(__doc__)
    torch.manual_seed(0)
    train = BlockDataset(clips.train, clips.train_labels, BLOCKS, augment=variant)
    test = BlockDataset(clips.test, clips.test_labels, BLOCKS)

    network = nn.Sequential(
        nn.Unflatten(1, (1, 49)),
        nn.Conv2d(1, 16, (10, 8), stride=2),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(16 * 20 * 17, len(clips.words)),
    )
    optimizer = torch.optim.Adam(network.parameters())
    for _ in range(args.epochs):
        for features, labels in DataLoader(train, batch_size=32, shuffle=True, num_workers=2):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(features), labels).backward()
            optimizer.step()

    network.eval()
    with torch.no_grad():
        right = sum((network(features).argmax(1) == labels).sum().item() for features, labels in DataLoader(test, 64))
    print(f"{right / len(test):.1%} of {len(test)} held-out clips right")


if __name__ == "__main__":
    main()
