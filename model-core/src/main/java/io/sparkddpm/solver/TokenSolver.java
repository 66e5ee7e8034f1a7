package io.sparkddpm.solver;

import io.sparkddpm.condition.Condition;
import io.sparkddpm.config.Variant;
import io.sparkddpm.diffusion.Denoiser;
import io.sparkddpm.diffusion.Reading;
import io.sparkddpm.diffusion.TokenLogits;
import io.sparkddpm.diffusion.TokenNoise;
import io.sparkddpm.diffusion.Transition;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;

/**
 * Draws each place of a sequence of tokens from p_θ(x_s | x_t); Austin et al. 2021, sec. 3. Over
 * some of the timesteps only, the steps are those of the same process with fewer of them. Every
 * place takes one uniform number a step.
 */
@Variant(
    value = "tokens",
    description =
        "step by step from the probabilities of tokens, for diffusion.noise uniform and absorbing"
            + " (Austin et al. 2021)")
public record TokenSolver() implements Solver {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean addsNoise() {
    return true;
  }

  @Override
  public boolean isOfTokens() {
    return true;
  }

  /** {@inheritDoc} Begins with tokens that are noise alone, in place of standard normal values. */
  @Override
  public Batch sample(
      Denoiser denoiser,
      TimeGrid grid,
      NoiseSource noise,
      Condition condition,
      Shape shape,
      StepListener listener) {
    TokenNoise tokens = denoiser.tokenNoise().orElseThrow();
    Batch x = new Batch(condition.count(), shape);
    int places = TokenLogits.places(x);
    for (int n = 0; n < x.count(); n++) {
      for (int place = 0; place < places; place++) {
        TokenLogits.set(x, n, place, tokens.drawNoise(noise.nextUniform(n)));
      }
    }
    solve(new Trajectory(denoiser, grid, x, condition, noise, listener));
    return x;
  }

  @Override
  public void solve(Trajectory path) {
    TokenNoise noise = path.tokenNoise();
    Transition[] steps = path.transitions();
    Reading seen = path.newReading();
    double[] clean = new double[noise.states()];
    double[] next = new double[noise.states()];
    Batch x = path.x();
    int places = TokenLogits.places(x);
    for (int i = 0; i < steps.length; i++) {
      path.evaluate(i, seen);
      for (int n = 0; n < x.count(); n++) {
        for (int place = 0; place < places; place++) {
          double uniform = path.nextUniform(n);
          int state = TokenLogits.state(x, n, place);
          TokenLogits.copy(seen.x0(), n, place, clean);
          noise.reverse(clean, state, steps[i], next);
          TokenLogits.set(x, n, place, TokenNoise.draw(next, uniform));
        }
      }
    }
  }
}
