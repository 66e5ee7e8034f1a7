#!/usr/bin/env python3
"""Draws images by DDIM with the U-Net of peer-unet.py, for `scripts/ddpm bench --only sampling --peer`.

    peer-sample.py --channels 32 --batch 16 [--steps 10] [--threads 2] [--runs 3] [--diffusers]

Needs PyTorch, as peer-unet.py does; with --diffusers that package too, whose DDIMScheduler then takes the steps as its
pipelines do. The loop is that of Song, Meng and Ermon 2021 (eq. 12 with eta 0) over the linear schedule, with x0 clipped,
as bench's own step. Prints the images/s of the quickest run, by the step.
"""
import argparse
import importlib.util
import math
import pathlib
import time

import torch


def unet(channels):
    path = pathlib.Path(__file__).with_name("peer-unet.py")
    spec = importlib.util.spec_from_file_location("peer_unet", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UNet(channels).eval()


@torch.no_grad()
def ddim(network, x, signal, timesteps):
    for i, t in enumerate(timesteps):
        here = signal[t]
        to = signal[timesteps[i + 1]] if i + 1 < len(timesteps) else torch.tensor(1.0)
        epsilon = network(x, torch.full((len(x),), float(t)))
        x0 = ((x - (1 - here).sqrt() * epsilon) / here.sqrt()).clamp(-1, 1)
        epsilon = (x - here.sqrt() * x0) / (1 - here).sqrt()
        x = to.sqrt() * x0 + (1 - to).sqrt() * epsilon
    return x


def diffusers_scheduler():
    import diffusers

    return diffusers.DDIMScheduler(
        1000, beta_start=1e-4, beta_end=0.02, beta_schedule="linear", timestep_spacing="trailing"
    )


@torch.no_grad()
def diffusers_ddim(network, x, scheduler, steps):
    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        epsilon = network(x, t.float().expand(len(x)))
        x = scheduler.step(epsilon, t, x).prev_sample
    return x


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--channels", type=int, required=True)
    options.add_argument("--batch", type=int, required=True)
    options.add_argument("--steps", type=int, default=10)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--diffusers", action="store_true")
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    network = unet(options.channels)
    signal = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0).float()
    timesteps = [1000 * (i + 1) // options.steps - 1 for i in reversed(range(options.steps))]
    noise = torch.randn(options.batch, 3, 32, 32)
    if options.diffusers:
        scheduler = diffusers_scheduler()
        loop = lambda: diffusers_ddim(network, noise, scheduler, options.steps)
    else:
        loop = lambda: ddim(network, noise, signal, timesteps)
    ddim(network, noise, signal, timesteps[-1:])  # plans and allocations do not count
    best = math.inf
    for _ in range(options.runs):
        start = time.perf_counter()
        loop()
        best = min(best, time.perf_counter() - start)
    rate = options.batch * options.steps / best
    print(
        f"PyTorch {torch.__version__}, {options.threads} threads, {options.steps} steps of DDIM"
        + (" by diffusers" if options.diffusers else "")
    )
    print(f"sampling {rate:.2f} images/s a step")


main()
