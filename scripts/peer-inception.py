#!/usr/bin/env python3
"""Times Inception-v3 in PyTorch, for `scripts/ddpm bench-inception --peer`.

    peer-inception.py [--batch 32] [--threads 2] [--repeats 6]

Needs PyTorch and torchvision: `python3 -m pip install torch torchvision` (their CPU builds), or a
distribution's packages. The weights are random: FID's network differs from torchvision's in the
pooling of four blocks, which changes no convolution, so the work is the same. Resizing is not timed.
"""
import argparse
import statistics
import time

import torch
import torchvision


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--repeats", type=int, default=6)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    network = torchvision.models.inception_v3(weights=None, init_weights=False).eval()
    network.fc = torch.nn.Identity()
    x = torch.rand(options.batch, 3, 299, 299) * 2 - 1
    for layout in (torch.channels_last, torch.contiguous_format):
        network, x = network.to(memory_format=layout), x.contiguous(memory_format=layout)
        seconds = []
        with torch.inference_mode():
            for _ in range(options.repeats + 1):
                start = time.perf_counter()
                network(x)
                seconds.append(time.perf_counter() - start)
        seconds = seconds[1:]  # plans and allocations of the first turn do not count
        best, median = (options.batch / f(seconds) for f in (min, statistics.median))
        name = str(layout).rpartition(".")[2]
        print(f"PyTorch {torch.__version__} {name}: best {best:.2f} img/s, median {median:.2f}", flush=True)


main()
