"""Opens a folder in diffusers, saves it again and computes with it.

    diffusers_peer.py FOLDER GIVEN.npz COMPUTED.npz SAVED

GIVEN holds inputs x of the network at timesteps t, noise to draw images from, and for networks with
classes labels. COMPUTED receives the network's outputs and the images of 20 steps of DDIM.
"""
import sys

import diffusers
import numpy
import torch

folder, given, computed, saved = sys.argv[1:]
given = {name: torch.from_numpy(array) for name, array in numpy.load(given).items()}
pipeline = diffusers.DDPMPipeline.from_pretrained(folder)
pipeline.save_pretrained(saved)
unet = pipeline.unet.eval()
labels = {"class_labels": given["labels"].long()} if "labels" in given else {}
scheduler = diffusers.DDIMScheduler.from_config(pipeline.scheduler.config)
scheduler.set_timesteps(20)

with torch.no_grad():
    outputs = unet(given["x"], given["t"].long(), **labels).sample
    images = given["noise"]
    for t in scheduler.timesteps:
        predicted = unet(images, t, **labels).sample
        predicted = predicted[:, : unet.config.in_channels]  # without a learned variance
        images = scheduler.step(predicted, t, images, eta=0.0).prev_sample

numpy.savez(computed, outputs=outputs.numpy(), images=images.numpy())
print(f"diffusers {diffusers.__version__}, PyTorch {torch.__version__}")
