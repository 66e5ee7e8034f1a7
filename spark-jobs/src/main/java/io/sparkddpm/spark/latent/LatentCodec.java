package io.sparkddpm.spark.latent;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.codec.Codec;
import io.sparkddpm.condition.Condition;
import io.sparkddpm.engine.EngineFactory;
import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.error.UserException;
import io.sparkddpm.network.AutoencoderConfig;
import io.sparkddpm.network.Network;
import io.sparkddpm.network.NetworkConfig;
import io.sparkddpm.spark.data.CodecNote;
import io.sparkddpm.spark.executor.EnginePool;
import io.sparkddpm.spark.executor.Role;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import io.sparkddpm.tensor.Batch;
import io.sparkddpm.tensor.Shape;
import java.io.Serializable;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/**
 * The codec of an autoencoder: latents are the means that its encoder gives, times a scale; Rombach
 * et al. 2022, sec. 3.3 and app. G. Its networks are models of the process that uses it; it travels
 * there with its weights.
 *
 * @param note what identifies it
 * @param network the autoencoder
 * @param encoder weights of {@link AutoencoderConfig#encoder}, flat
 * @param decoder weights of {@link AutoencoderConfig#decoder}, flat; with those before it all of
 *     the network's
 * @param engine what computes
 * @param optimizer of the autoencoder's run: models of its training serve here too
 * @param threads native threads of a task
 */
public record LatentCodec(
    CodecNote note,
    AutoencoderConfig network,
    float[] encoder,
    float[] decoder,
    EngineFactory engine,
    OptimizerConfig optimizer,
    int threads)
    implements Codec, Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Opens the autoencoder of latents.
   *
   * @param moved where its checkpoint lies now; empty: where it was
   * @throws UserException if there is none, or it is another one
   */
  public static LatentCodec open(
      Configuration conf, CodecNote note, Optional<URI> moved, EngineFactory engine, int threads) {
    Checkpoint checkpoint;
    URI place = moved.orElse(URI.create(note.checkpoint()));
    try {
      checkpoint = Checkpoint.read(conf, place);
    } catch (UserException e) {
      throw new UserException(
          e,
          "the autoencoder of these latents, %s, cannot be read: %s; if it lies elsewhere, give its"
              + " checkpoint with --codec",
          place,
          e.getMessage());
    }
    if (!checkpoint.manifest().fingerprint().equals(note.fingerprint())) {
      throw new UserException(
          "%s has fingerprint %s, but the autoencoder of these latents has %s",
          place, checkpoint.manifest().fingerprint(), note.fingerprint());
    }
    return of(checkpoint, note, engine, threads);
  }

  /**
   * The codec of a checkpoint.
   *
   * @throws UserException if it is none of an autoencoder, or has no such weights
   */
  static LatentCodec of(Checkpoint checkpoint, CodecNote note, EngineFactory engine, int threads) {
    if (!(checkpoint.modelConfig() instanceof AutoencoderConfig network)) {
      throw new UserException(
          "%s is no autoencoder: train one with model.type=autoencoder", checkpoint);
    }
    float[] weights = checkpoint.weights(note.weights(), engine.layout(network));
    int half = Math.toIntExact(network.encoder().spec().parameterCount());
    return new LatentCodec(
        note,
        network,
        Arrays.copyOf(weights, half),
        Arrays.copyOfRange(weights, half, weights.length),
        engine,
        checkpoint.settings().optimizer(),
        threads);
  }

  /** The same with another scale. */
  LatentCodec withScale(double scale) {
    CodecNote scaled = new CodecNote(note.checkpoint(), note.fingerprint(), note.weights(), scale);
    return new LatentCodec(scaled, network, encoder, decoder, engine, optimizer, threads);
  }

  @Override
  public Shape latentShape(Shape data) {
    checkArgument(
        data.equals(network.inputShape()),
        "the autoencoder takes images of %s, not %s",
        network.inputShape(),
        data);
    return network.latent();
  }

  @Override
  public Batch encode(Batch data) {
    Batch moments = run(network.encoder(), encoder, data);
    Batch latents = new Batch(data.count(), network.latent());
    for (int n = 0; n < data.count(); n++) {
      for (int i = 0; i < latents.itemLength(); i++) {
        latents.data()[latents.offset(n) + i] =
            (float) (note.scale() * moments.data()[moments.offset(n) + i]);
      }
    }
    return latents;
  }

  @Override
  public Batch decode(Batch latents) {
    Batch unscaled = latents.like();
    for (int i = 0; i < unscaled.data().length; i++) {
      unscaled.data()[i] = (float) (latents.data()[i] / note.scale());
    }
    return run(network.decoder(), decoder, unscaled);
  }

  /** Images as they come back from the means of their latents. */
  Batch reconstruct(Batch images) {
    float[] weights = Arrays.copyOf(encoder, encoder.length + decoder.length);
    System.arraycopy(decoder, 0, weights, encoder.length, decoder.length);
    Batch all = run(network, weights, images);
    Batch back = images.like();
    for (int n = 0; n < back.count(); n++) {
      System.arraycopy(all.data(), all.offset(n), back.data(), back.offset(n), back.itemLength());
    }
    return back;
  }

  /** Runs the network or a half of it. */
  private Batch run(NetworkConfig part, float[] weights, Batch x) {
    EnginePool.Key key = new EnginePool.Key(engine, part, optimizer, threads);
    return EnginePool.here()
        .use(
            Role.CODEC,
            key,
            pooled -> {
              pooled.model().loadParameters(weights);
              return forward(pooled.model(), part, x);
            });
  }

  private static Batch forward(Network model, NetworkConfig part, Batch x) {
    Batch output = new Batch(x.count(), part.outputShape());
    model.forward(x, new double[x.count()], Condition.none(x.count()), output);
    return output;
  }
}
