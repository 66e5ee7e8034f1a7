package io.sparkddpm.random;

/**
 * What a stream is drawn for. Streams of different purposes are independent. The codes are part of
 * the determinism contract: they never change and are never used again.
 */
public enum Purpose {
  /** Timestep t of a training example. */
  TIMESTEP(1),
  /** Noise ε of a training example. */
  NOISE(2),
  /** Dropout masks of a training example. */
  DROPOUT(3),
  /** Whether a training example is mirrored. */
  FLIP(4),
  /** Initial parameters. */
  INIT(5),
  /** Order of the examples within an epoch. */
  DATA_ORDER(6),
  /** All noise of a sampled image. */
  SAMPLE(7),
  /** The images that the program draws itself. */
  SHAPES(8),
  /** Weights of the fixed random feature network. */
  FEATURES(9),
  /** Subsets for the kernel distance. */
  KID(10),
  /** Which processes of a soak run are killed, and when. */
  CHAOS(11),
  /** Which shard of a dataset a record goes to. */
  SHARDING(12),
  /** How far a step's evenly spread timesteps are shifted. */
  TIMESTEP_SHIFT(13),
  /** Whether a training example's label is withheld. */
  LABEL_DROPOUT(14),
  /** Noise ε of an image at a timestep where the bound is measured. */
  EVALUATION_NOISE(15),
  /** Timestep of an image in a range of timesteps of which the bound is measured at one. */
  EVALUATION_TIMESTEP(16),
  /** Key of an image that a step's batch has had before. */
  REPETITION(17),
  /** Directions along which the divergence of the probability flow is estimated. */
  PROBE(18),
  /** Where within its 8-bit level a value lies whose density is computed. */
  DEQUANTIZATION(19),
  /** Noise of the images between two: of the first, of the second, and of the way to data. */
  INTERPOLATION(20),
  /** Noise on the way to data from an x_t that several images share. */
  COMPLETION(21),
  /** Data and noise of the experiments on toy problems. */
  TOY(24),
  /** Directions of sliced score matching. */
  SLICE(25),
  /** Directions that features are projected on for the Monge distance. */
  MIND(26),
  /** Subsets from which the Fréchet distance of infinitely many samples is extrapolated. */
  FID_INFINITY(27),
  /** Noise by which an autoencoder in training draws latents. */
  LATENT(28),
  /** Noise ε of an image at the timestep where a network's prediction in it is wanted. */
  PREDICTION(29),
  /** The notes that the program plays itself. */
  NOTES(30),
  /** Which points of a larger set are taken. */
  POINTS(34),
  /** The sets of points that the program draws itself. */
  POINT_SHAPES(35),
  /** x_t of a training example of tokens. */
  TOKEN_NOISE(38),
  /** All draws of a sampled sequence of tokens. */
  TOKEN_SAMPLE(39),
  /** x_t of a sequence of tokens at a timestep where the bound is measured. */
  TOKEN_EVALUATION(40),
  /** The sentences that the program makes itself. */
  GRAMMAR(41),
  /** Which items are measured of a side that has more than the other one. */
  MEASURED_ITEMS(42),
  /** Whether what a round exchanges is rounded up or down. */
  EXCHANGE_ROUNDING(43);

  private final int code;

  Purpose(int code) {
    this.code = code;
  }

  /** The fixed number that goes into the key. */
  public int code() {
    return code;
  }
}
