"""Makes golden_unet.json: outputs and gradients of small U-Nets of the official architecture.

A second implementation, in float64 on numpy alone, with its own reverse-mode differentiation; it
shares nothing with the Java code but the architecture (Ho et al. 2020, official TensorFlow code) and
the formula that fills parameters and inputs. Given `--check FILE`, an archive with parameters,
inputs, outputs and gradients that PyTorch made of the same architecture, it first shows that it
agrees with that.

    python3 make_golden_unet.py [--check unet_16px_ch32.npz] > golden_unet.json
"""
import json
import math
import sys

import numpy as np


# --- Reverse-mode differentiation


class Var:
    """A value, and how to hand its gradient to what it was made from."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, parents, np.zeros_like(value)


def backward(out, gradient):
    order, seen = [], set()

    def visit(v):
        if id(v) not in seen:
            seen.add(id(v))
            for parent, _ in v.parents:
                visit(parent)
            order.append(v)

    visit(out)
    out.grad = gradient
    for v in reversed(order):
        for parent, pull in v.parents:
            parent.grad = parent.grad + pull(v.grad)


def add(a, b):
    return Var(a.value + b.value, ((a, lambda g: g), (b, lambda g: g)))


def add_channels(x, e):
    """x [N, C, H, W] plus e [N, C]."""
    return Var(
        x.value + e.value[:, :, None, None],
        ((x, lambda g: g), (e, lambda g: g.sum((2, 3)))),
    )


def silu(x):
    s = 1 / (1 + np.exp(-x.value))
    return Var(x.value * s, ((x, lambda g: g * s * (1 + x.value * (1 - s))),))


def dense(x, w, b):
    return Var(
        x.value @ w.value.T + b.value,
        ((x, lambda g: g @ w.value), (w, lambda g: g.T @ x.value), (b, lambda g: g.sum(0))),
    )


def conv(x, w, b, stride=1, pad=((0, 0), (0, 0))):
    """Cross-correlation; x [N, C, H, W], w [O, C, K, K]."""
    xp = np.pad(x.value, ((0, 0), (0, 0)) + pad)
    k = w.value.shape[2]
    height = (xp.shape[2] - k) // stride + 1
    width = (xp.shape[3] - k) // stride + 1

    def window(a, i, j):
        return a[:, :, i : i + stride * height : stride, j : j + stride * width : stride]

    out = np.zeros((xp.shape[0], w.value.shape[0], height, width))
    for i in range(k):
        for j in range(k):
            out += np.einsum("nchw,oc->nohw", window(xp, i, j), w.value[:, :, i, j])

    def to_x(g):
        gp = np.zeros_like(xp)
        for i in range(k):
            for j in range(k):
                window(gp, i, j)[...] += np.einsum("nohw,oc->nchw", g, w.value[:, :, i, j])
        (top, bottom), (left, right) = pad
        return gp[:, :, top : gp.shape[2] - bottom, left : gp.shape[3] - right]

    def to_w(g):
        gw = np.zeros_like(w.value)
        for i in range(k):
            for j in range(k):
                gw[:, :, i, j] = np.einsum("nohw,nchw->oc", g, window(xp, i, j))
        return gw

    return Var(
        out + b.value[None, :, None, None],
        ((x, to_x), (w, to_w), (b, lambda g: g.sum((0, 2, 3)))),
    )


def group_norm(x, scale, shift, groups=32, eps=1e-6):
    n, c, h, w = x.value.shape
    v = x.value.reshape(n, groups, -1)
    mean, var = v.mean(2, keepdims=True), v.var(2, keepdims=True)
    inverse = 1 / np.sqrt(var + eps)
    hat = ((v - mean) * inverse).reshape(n, c, h, w)

    def to_x(g):
        d = (g * scale.value[None, :, None, None]).reshape(n, groups, -1)
        hv = hat.reshape(n, groups, -1)
        d = inverse * (d - d.mean(2, keepdims=True) - hv * (d * hv).mean(2, keepdims=True))
        return d.reshape(n, c, h, w)

    return Var(
        hat * scale.value[None, :, None, None] + shift.value[None, :, None, None],
        (
            (x, to_x),
            (scale, lambda g: (g * hat).sum((0, 2, 3))),
            (shift, lambda g: g.sum((0, 2, 3))),
        ),
    )


def attend(q, k, v):
    """softmax(q^T k / sqrt(C)) over positions; one head."""
    n, c, h, w = q.value.shape
    q_, k_, v_ = (a.value.reshape(n, c, h * w) for a in (q, k, v))
    logits = np.einsum("nci,ncj->nij", q_, k_) * c**-0.5
    p = np.exp(logits - logits.max(2, keepdims=True))
    p /= p.sum(2, keepdims=True)
    out = np.einsum("nij,ncj->nci", p, v_).reshape(n, c, h, w)

    def to_logits(g):
        gp = np.einsum("nci,ncj->nij", g.reshape(n, c, h * w), v_)
        return p * (gp - (gp * p).sum(2, keepdims=True)) * c**-0.5

    return Var(
        out,
        (
            (q, lambda g: np.einsum("nij,ncj->nci", to_logits(g), k_).reshape(n, c, h, w)),
            (k, lambda g: np.einsum("nij,nci->ncj", to_logits(g), q_).reshape(n, c, h, w)),
            (v, lambda g: np.einsum("nij,nci->ncj", p, g.reshape(n, c, h * w)).reshape(n, c, h, w)),
        ),
    )


def concat(a, b):
    c = a.value.shape[1]
    return Var(
        np.concatenate([a.value, b.value], 1), ((a, lambda g: g[:, :c]), (b, lambda g: g[:, c:]))
    )


def double(x):
    n, c, h, w = x.value.shape
    return Var(
        x.value.repeat(2, 2).repeat(2, 3),
        ((x, lambda g: g.reshape(n, c, h, 2, w, 2).sum((3, 5))),),
    )


# --- The network


class Network:
    def __init__(self, channels, multipliers, blocks, attention, size, tensor):
        self.config = (channels, multipliers, blocks, attention, size)
        self.tensor = tensor  # (name, shape) -> values
        self.parameters = {}

    def p(self, name, *shape):
        if name not in self.parameters:
            self.parameters[name] = Var(self.tensor(name, shape))
        return self.parameters[name]

    def conv(self, name, x, out, k, **options):
        c = x.value.shape[1]
        w = self.p(name + ".weight", out, c, k, k)
        return conv(x, w, self.p(name + ".bias", out), **options)

    def dense(self, name, x, out):
        w = self.p(name + ".weight", out, x.value.shape[1])
        return dense(x, w, self.p(name + ".bias", out))

    def norm(self, name, x):
        c = x.value.shape[1]
        return group_norm(x, self.p(name + ".weight", c), self.p(name + ".bias", c))

    def residual(self, name, x, emb, out):
        same = dict(pad=((1, 1), (1, 1)))
        h = self.conv(name + ".conv1", silu(self.norm(name + ".norm1", x)), out, 3, **same)
        h = add_channels(h, self.dense(name + ".temb_proj", silu(emb), out))
        h = self.conv(name + ".conv2", silu(self.norm(name + ".norm2", h)), out, 3, **same)
        if x.value.shape[1] != out:
            x = self.conv(name + ".nin_shortcut", x, out, 1)
        return add(x, h)

    def attention(self, name, x):
        c = x.value.shape[1]
        h = self.norm(name + ".norm", x)
        h = attend(*(self.conv(f"{name}.{part}", h, c, 1) for part in "qkv"))
        return add(x, self.conv(name + ".proj_out", h, c, 1))

    def forward(self, x, timesteps):
        channels, multipliers, blocks, attention, size = self.config
        same = dict(pad=((1, 1), (1, 1)))
        half = channels // 2
        angles = timesteps[:, None] * np.exp(-math.log(10000) / (half - 1) * np.arange(half))
        emb = Var(np.concatenate([np.sin(angles), np.cos(angles)], 1))
        emb = self.dense("temb_dense0", emb, 4 * channels)
        emb = self.dense("temb_dense1", silu(emb), 4 * channels)
        h = self.conv("conv_in", x, channels, 3, **same)
        skips, last = [h], len(multipliers) - 1
        for level, multiplier in enumerate(multipliers):
            for b in range(blocks):
                h = self.residual(f"down_{level}_block_{b}", h, emb, channels * multiplier)
                if size in attention:
                    h = self.attention(f"down_{level}_attn_{b}", h)
                skips.append(h)
            if level < last:
                pad = ((0, 1), (0, 1))  # TensorFlow's SAME: right and bottom only
                name = f"down_{level}_downsample.conv"
                h = self.conv(name, h, h.value.shape[1], 3, stride=2, pad=pad)
                skips.append(h)
                size //= 2
        h = self.residual("mid_block_1", h, emb, h.value.shape[1])
        h = self.attention("mid_attn_1", h)
        h = self.residual("mid_block_2", h, emb, h.value.shape[1])
        for level in reversed(range(len(multipliers))):
            for b in range(blocks + 1):
                out = channels * multipliers[level]
                h = self.residual(f"up_{level}_block_{b}", concat(h, skips.pop()), emb, out)
                if size in attention:
                    h = self.attention(f"up_{level}_attn_{b}", h)
            if level > 0:
                h = double(h)
                h = self.conv(f"up_{level}_upsample.conv", h, h.value.shape[1], 3, **same)
                size *= 2
        return self.conv("conv_out", silu(self.norm("norm_out", h)), x.value.shape[1], 3, **same)


def run(network, x, timesteps, target):
    """Output, mean squared error, its gradients by parameter and by the input."""
    x = Var(x)
    y = network.forward(x, timesteps)
    difference = y.value - target
    backward(y, 2 * difference / difference.size)
    gradients = {name: v.grad for name, v in network.parameters.items()}
    return y.value, (difference**2).mean(), gradients, x.grad


# --- Numbers by formula: the golden file need not hold them


def uniform(name, count):
    """Float32 numbers in [-1, 1): a 64-bit hash of (name, index), splitmix64's finaliser."""
    with np.errstate(over="ignore"):
        seed = np.uint64(1469598103934665603)  # FNV-1a of the name
        for byte in name.encode():
            seed = (seed ^ np.uint64(byte)) * np.uint64(1099511628211)
        z = seed + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1


def parameter(name, shape):
    u = uniform(name, math.prod(shape)).reshape(shape)
    if len(shape) == 1:
        is_scale = "norm" in name and name.endswith(".weight")
        return (u * 0.25 + (1 if is_scale else 0)).astype(np.float32).astype(np.float64)
    fan_in = math.prod(shape[1:])
    return (u * math.sqrt(3 / fan_in)).astype(np.float32).astype(np.float64)


def inputs(batch, size):
    x = 2 * uniform("x", batch * 3 * size * size).reshape(batch, 3, size, size)
    target = 2 * uniform("target", x.size).reshape(x.shape)
    return x, np.array([0, 499, 999, 1][:batch]), target


def check(path):
    given = np.load(path)
    network = Network(32, (1, 2), 1, (8,), 16, lambda n, s: given["param/" + n].astype(np.float64).reshape(s))
    y, loss, gradients, x = run(
        network, given["x"].astype(np.float64), given["t"], given["eps"].astype(np.float64)
    )
    worst = np.abs(y - given["y"]).max(), abs(loss - given["loss"]), np.abs(x - given["grad_x"]).max()
    assert max(worst) < 1e-12, worst
    assert set(gradients) == {n[5:] for n in given if n.startswith("grad/")}
    for name, g in gradients.items():
        expected = given["grad/" + name]
        assert np.abs(g - expected).max() <= 1e-7 * np.abs(expected).max() + 1e-15, name
    print("agrees with", path, worst, file=sys.stderr)


def golden(channels, multipliers, blocks, attention, size, batch):
    network = Network(channels, multipliers, blocks, attention, size, parameter)
    x, timesteps, target = inputs(batch, size)
    y, loss, gradients, grad_x = run(network, x, timesteps, target)
    tensors = {}
    for name in sorted(gradients):
        g = gradients[name].ravel()
        # Length and two projections: a wrong, shifted or transposed gradient changes them.
        a, b = uniform("a/" + name, g.size), uniform("b/" + name, g.size)
        tensors[name] = [float(np.linalg.norm(g)), float(g @ a), float(g @ b)]
    return {
        "channels": channels,
        "multipliers": multipliers,
        "blocks": blocks,
        "attention": attention,
        "size": size,
        "timesteps": timesteps.tolist(),
        "loss": float(loss),
        "y": y.ravel().tolist(),
        "gradX": grad_x.ravel().tolist(),
        "gradients": tensors,
    }


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check(sys.argv[2])
    nets = {
        # Two and four channels a group, attention at two resolutions, three timesteps.
        "wide": golden(64, (1, 2), 1, (8, 4), 8, 3),
        # One channel a group, three levels, two blocks a level.
        "deep": golden(32, (1, 1, 2), 2, (4,), 8, 2),
    }
    json.dump(nets, sys.stdout, indent=1)
    print()
