#!/usr/bin/env python3
"""Times the U-Net of Ho et al. 2020 in PyTorch, for `scripts/ddpm bench --peer`.

    peer-unet.py --channels 128 --batch 16 [--precision float32|tf32|bfloat16] [--device cpu|cuda]
                 [--threads 2] [--seconds 15]

Needs PyTorch: `python3 -m pip install torch` (its CPU build), or a distribution's package, such as
Debian's python3-torch. Prints the images/s of the quickest training step (forward, backward, Adam)
and of the quickest prediction, as `bench` looks for them. On a card tensors are channels last, as
PyTorch advises there, and the optimizer is the fused one; --device cuda takes the first card.
"""
import argparse
import contextlib
import math
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F


def norm(channels):
    return nn.GroupNorm(32, channels, eps=1e-6)


class Residual(nn.Module):
    def __init__(self, channels, out, embedding, dropout):
        super().__init__()
        self.norm1, self.conv1 = norm(channels), nn.Conv2d(channels, out, 3, padding=1)
        self.project = nn.Linear(embedding, out)
        self.norm2, self.conv2 = norm(out), nn.Conv2d(out, out, 3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.shortcut = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x))) + self.project(F.silu(emb))[:, :, None, None]
        return self.shortcut(x) + self.conv2(self.dropout(F.silu(self.norm2(h))))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = norm(channels)
        self.q, self.k, self.v, self.out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x, emb):
        n, c, height, width = x.shape
        h = self.norm(x)
        q, k, v = (m(h).flatten(2).transpose(1, 2)[:, None] for m in (self.q, self.k, self.v))
        if hasattr(F, "scaled_dot_product_attention"):
            h = F.scaled_dot_product_attention(q, k, v)
        else:  # PyTorch 1
            h = torch.softmax(q @ k.transpose(2, 3) * c**-0.5, -1) @ v
        return x + self.out(h[:, 0].transpose(1, 2).reshape(n, c, height, width))


class Downsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x, emb):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, emb):
        return self.conv(F.interpolate(x, scale_factor=2.0))


class UNet(nn.Module):
    """multipliers (1, 2, 2, 2), two blocks a level, attention at 16x16: CIFAR-10's network."""

    def __init__(self, channels, multipliers=(1, 2, 2, 2), blocks=2, attention=16, size=32, dropout=0.1):
        super().__init__()
        self.channels, embedding = channels, 4 * channels
        self.embed = nn.Sequential(
            nn.Linear(channels, embedding), nn.SiLU(), nn.Linear(embedding, embedding)
        )
        self.conv_in = nn.Conv2d(3, channels, 3, padding=1)
        width, skips, last = channels, [channels], len(multipliers) - 1

        def stage(before, after):
            nonlocal width
            width = after
            parts = [Residual(before, after, embedding, dropout)]
            return nn.ModuleList(parts + ([Attention(after)] if size == attention else []))

        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, multiplier in enumerate(multipliers):
            for _ in range(blocks):
                self.down.append(stage(width, channels * multiplier))
                skips.append(width)
            if level < last:
                self.down.append(nn.ModuleList([Downsample(width)]))
                skips.append(width)
                size //= 2
        self.middle = nn.ModuleList(
            [Residual(width, width, embedding, dropout), Attention(width), Residual(width, width, embedding, dropout)]
        )
        for level in reversed(range(len(multipliers))):
            for _ in range(blocks + 1):
                self.up.append(stage(width + skips.pop(), channels * multipliers[level]))
            if level > 0:
                self.up.append(nn.ModuleList([Upsample(width)]))
                size *= 2
        self.norm_out, self.conv_out = norm(width), nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x, t):
        half = self.channels // 2
        angles = t[:, None] * torch.exp(-math.log(10000) / (half - 1) * torch.arange(half, device=x.device))
        emb = self.embed(torch.cat([angles.sin(), angles.cos()], 1))
        h = self.conv_in(x)
        skips = [h]
        for stage in self.down:
            for part in stage:
                h = part(h, emb)
            skips.append(h)
        for part in self.middle:
            h = part(h, emb)
        for stage in self.up:
            if not isinstance(stage[0], Upsample):
                h = torch.cat([h, skips.pop()], 1)
            for part in stage:
                h = part(h, emb)
        return self.conv_out(F.silu(self.norm_out(h)))


def quickest(run, seconds, finish):
    run()  # plans and allocations of the first turn do not count
    finish()
    best, end = math.inf, time.perf_counter() + seconds
    while best == math.inf or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        finish()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--channels", type=int, required=True)
    options.add_argument("--batch", type=int, required=True)
    options.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32")
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seconds", type=float, default=15)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    on_card = options.device == "cuda"
    if options.precision == "tf32" and not on_card:
        raise SystemExit("--precision tf32 is for --device cuda")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = on_card
    layout = torch.channels_last if on_card else torch.contiguous_format
    network = UNet(options.channels).to(options.device, memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), 2e-4, fused=on_card or None)
    x = torch.randn(options.batch, 3, 32, 32, device=options.device).to(memory_format=layout)
    epsilon = torch.randn_like(x)
    t = torch.randint(0, 1000, (options.batch,), device=options.device).float()
    finish = torch.cuda.synchronize if on_card else lambda: None

    def predict():
        if options.precision == "bfloat16":
            context = torch.autocast(options.device, torch.bfloat16)
        else:
            context = contextlib.nullcontext()
        with context:
            return network(x, t)

    def step():
        optimizer.zero_grad(set_to_none=False)
        F.mse_loss(predict().float(), epsilon).backward()
        optimizer.step()

    parameters = sum(p.numel() for p in network.parameters())
    print(f"PyTorch {torch.__version__}, {parameters} parameters, {options.threads} threads")
    best = quickest(step, options.seconds, finish)
    print(f"training step {best:.3f} s, {options.batch / best:.1f} img/s best", flush=True)
    network.eval()
    with torch.no_grad():
        best = quickest(predict, options.seconds / 3, finish)
    print(f"fwd only {options.batch / best:.1f} img/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"largest resident set {peak} MiB")
    if on_card:
        print(f"largest allocation on the card {torch.cuda.max_memory_allocated() >> 20} MiB")


if __name__ == "__main__":
    main()
