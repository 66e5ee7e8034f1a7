package io.sparkddpm.statistics.inception;

import io.sparkddpm.statistics.inception.InceptionGraph.Convolution;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The network as a list of steps over a few reusable buffers ("slots"), independent of the batch
 * size. Concatenations cost nothing: the branches of a block write into channel ranges of one
 * tensor.
 */
public final class InceptionProgram {
  /** Height and width of the network's input. */
  public static final int INPUT_SIZE = 299;

  private static final int MAIN = 0; // and 1: the trunk alternates between them
  private static final int TEMP = 2; // and 3, 4: inside a block

  /** Channels [from, from+channels) of a tensor [N, total, height, width] in a slot. */
  public record View(int slot, int from, int channels, int total, int height, int width) {
    /** Floats of an image of the whole tensor. */
    public int imageLength() {
      return total * height * width;
    }

    /** Where the view's channels of an image begin in the slot. */
    long offset(int image) {
      return (long) image * imageLength() + (long) from * height * width;
    }

    View channels(int begin, int count) {
      return new View(slot, from + begin, count, total, height, width);
    }
  }

  /** What a step does. */
  public enum Kind {
    /** y = max(w∗x + b, 0). */
    CONVOLUTION,
    /** 3×3 maximum, stride 2 without padding. */
    MAX_POOL_HALF,
    /** 3×3 maximum, stride 1, same size. */
    MAX_POOL_SAME,
    /** 3×3 mean over what lies inside the image, stride 1, same size. */
    MEAN_POOL_SAME,
    /** y = x. */
    COPY
  }

  /** One operation; {@code kernel} is the convolution's name, else null. */
  public record Step(Kind kind, String kernel, View in, View out) {}

  private final List<Step> steps = new ArrayList<>();
  private final Map<String, View> taps = new HashMap<>();
  private final Map<String, Integer> stepsUntil = new HashMap<>();
  private final InceptionGraph graph;
  private final Geometry geometry;
  private View input;

  /** Where the shapes of convolutions come from. */
  interface Geometry {
    Convolution of(String name);
  }

  private InceptionProgram(InceptionGraph graph, Geometry geometry) {
    this.graph = graph;
    this.geometry = geometry;
    build();
  }

  /** The names of all convolutions, "logits" for the last layer, in the order of use. */
  static Set<String> convolutions(InceptionGraph graph) {
    Map<String, Convolution> used = new LinkedHashMap<>();
    new InceptionProgram(
        graph,
        name ->
            used.computeIfAbsent(
                name, n -> n.equals("logits") ? graph.logits() : graph.convolution(n)));
    return used.keySet();
  }

  /** The program over convolutions whose geometry is known. */
  static InceptionProgram of(InceptionGraph graph, Geometry geometry) {
    return new InceptionProgram(graph, geometry);
  }

  /** The network's input [N, 3, 299, 299]. */
  public View input() {
    return input;
  }

  View tap(String name) {
    return taps.get(name);
  }

  /** After how many steps that tap may be read; later steps overwrite it. */
  int tapStep(String name) {
    return stepsUntil.get(name);
  }

  /** The steps up to the deepest of these taps. */
  List<Step> stepsUntil(Set<String> tapNames) {
    int last = 0;
    for (String name : tapNames) {
      last = Math.max(last, stepsUntil.get(name));
    }
    return List.copyOf(steps.subList(0, last));
  }

  /** Floats of a slot for one image, over the given steps. */
  static Map<Integer, Integer> slotLengths(View input, List<Step> steps) {
    Map<Integer, Integer> lengths = new HashMap<>();
    lengths.put(input.slot, input.imageLength());
    for (Step step : steps) {
      lengths.merge(step.out.slot, step.out.imageLength(), Math::max);
    }
    return lengths;
  }

  private void build() {
    input = new View(MAIN + 1, 0, 3, 3, INPUT_SIZE, INPUT_SIZE);
    View x = conv(input, "conv", MAIN);
    x = conv(x, "conv_1", MAIN + 1);
    x = conv(x, "conv_2", MAIN);
    x = maxPoolHalf(x, MAIN + 1);
    tap("pool", x);
    x = conv(x, "conv_3", MAIN);
    x = conv(x, "conv_4", MAIN + 1);
    x = maxPoolHalf(x, MAIN);
    tap("pool_1", x);
    x = mixed(x, "mixed", 2, 3);
    x = mixed(x, "mixed_1", 2, 3);
    x = mixed(x, "mixed_2", 2, 3);
    x = reduceTo17(x, "mixed_3");
    for (int i = 4; i <= 7; i++) {
      x = mixed(x, "mixed_" + i, 3, 5);
      tap("mixed_" + i, x);
    }
    x = reduceTo8(x, "mixed_8");
    tap("mixed_8", x);
    x = expanded(x, "mixed_9");
    x = expanded(x, "mixed_10");
    tap("mixed_10", x);
    outputOf(new View(TEMP, 0, x.channels, x.channels, 1, 1), "logits", TEMP);
  }

  private void tap(String name, View view) {
    taps.put(name, view);
    stepsUntil.put(name, steps.size());
  }

  /**
   * A block of four branches: a 1×1 convolution, two chains, and a pool with a 1×1 convolution. The
   * 35×35 blocks have chains of 1×1, 5×5 and of 1×1, 3×3, 3×3; the 17×17 blocks chains of three and
   * five with 1×7 and 7×1 convolutions.
   */
  private View mixed(View x, String name, int second, int third) {
    Join join =
        new Join(
            x,
            name + "/conv",
            nth(name + "/tower", second - 1),
            nth(name + "/tower_1", third - 1),
            name + "/tower_2/conv");
    join.branch(x, name, 1);
    join.branch(x, name + "/tower", second);
    join.branch(x, name + "/tower_1", third);
    join.pooled(x, name);
    return join.done();
  }

  private View reduceTo17(View x, String name) {
    Join join = new Join(x, name + "/conv", name + "/tower/conv_2", null);
    join.branch(x, name, 1);
    join.branch(x, name + "/tower", 3);
    join.maxPoolHalf(x);
    return join.done();
  }

  private View reduceTo8(View x, String name) {
    Join join = new Join(x, name + "/tower/conv_1", name + "/tower_1/conv_3", null);
    join.branch(x, name + "/tower", 2);
    join.branch(x, name + "/tower_1", 4);
    join.maxPoolHalf(x);
    return join.done();
  }

  /** 8×8 blocks whose 3×3 convolutions are split into 1×3 and 3×1, side by side. */
  private View expanded(View x, String name) {
    Join join =
        new Join(
            x,
            name + "/conv",
            name + "/tower/mixed/conv",
            name + "/tower/mixed/conv_1",
            name + "/tower_1/mixed/conv",
            name + "/tower_1/mixed/conv_1",
            name + "/tower_2/conv");
    join.branch(x, name, 1);
    View t = chain(x, name + "/tower", 1);
    join.conv(t, name + "/tower/mixed/conv");
    join.conv(t, name + "/tower/mixed/conv_1");
    View u = chain(x, name + "/tower_1", 2);
    join.conv(u, name + "/tower_1/mixed/conv");
    join.conv(u, name + "/tower_1/mixed/conv_1");
    join.pooled(x, name);
    return join.done();
  }

  /** The first convolutions of a branch, one after the other. */
  private View chain(View x, String branch, int convolutions) {
    View y = x;
    for (int i = 0; i < convolutions; i++) {
      y = conv(y, nth(branch, i), TEMP + i % 2);
    }
    return y;
  }

  /** The name of a branch's convolution, from 0. */
  private static String nth(String branch, int i) {
    return branch + (i == 0 ? "/conv" : "/conv_" + i);
  }

  private View conv(View x, String name, int slot) {
    View out = outputOf(x, name, slot);
    add(new Step(Kind.CONVOLUTION, name, x, out));
    return out;
  }

  private View maxPoolHalf(View x, int slot) {
    View out = new View(slot, 0, x.channels, x.channels, half(x.height), half(x.width));
    add(new Step(Kind.MAX_POOL_HALF, null, x, out));
    return out;
  }

  private View outputOf(View x, String name, int slot) {
    Convolution c = geometry.of(name);
    if (c.in() != x.channels) {
      throw graph.foreign("'%s' takes %d channels, expected %d", name, c.in(), x.channels);
    }
    int height = c.same() ? x.height : (x.height - c.height()) / c.stride() + 1;
    int width = c.same() ? x.width : (x.width - c.width()) / c.stride() + 1;
    return new View(slot, 0, c.out(), c.out(), height, width);
  }

  private static int half(int size) {
    return (size - 3) / 2 + 1;
  }

  private void add(Step step) {
    steps.add(step);
  }

  /** The output of a block under construction. */
  private final class Join {
    private final View whole;
    private int next;

    /**
     * @param last the convolution that ends each branch; null for a branch that is a pooling of the
     *     block's input
     */
    Join(View x, String... last) {
      int total = 0;
      View size = null;
      for (String name : last) {
        int channels = name == null ? x.channels : geometry.of(name).out();
        total += channels;
        if (name != null) {
          Convolution c = geometry.of(name);
          size = c.stride() == 2 ? new View(0, 0, 1, 1, half(x.height), half(x.width)) : x;
        }
      }
      this.whole = new View(1 - x.slot, 0, total, total, size.height, size.width);
    }

    private View take(View shape, String name) {
      if (shape.height != whole.height || shape.width != whole.width) {
        throw graph.foreign(
            "'%s' gives %dx%d, expected %dx%d",
            name, shape.height, shape.width, whole.height, whole.width);
      }
      View part = whole.channels(next, shape.channels);
      next += shape.channels;
      return part;
    }

    void conv(View x, String name) {
      add(new Step(Kind.CONVOLUTION, name, x, take(outputOf(x, name, 0), name)));
    }

    /** A branch of one convolution after the other, the last of which writes into the output. */
    void branch(View x, String name, int convolutions) {
      conv(chain(x, name, convolutions - 1), nth(name, convolutions - 1));
    }

    /** The branch of a pooling and a 1×1 convolution. */
    void pooled(View x, String block) {
      String name = block + "/tower_2/conv";
      boolean max = graph.isMaxPool(block + "/tower_2/pool");
      View pooled = new View(TEMP, 0, x.channels, x.channels, x.height, x.width);
      add(new Step(max ? Kind.MAX_POOL_SAME : Kind.MEAN_POOL_SAME, null, x, pooled));
      conv(pooled, name);
    }

    /** By way of a tensor of its own: oneDNN pools into ranges of channels ten times slower. */
    void maxPoolHalf(View x) {
      View pooled = InceptionProgram.this.maxPoolHalf(x, TEMP);
      add(new Step(Kind.COPY, null, pooled, take(pooled, "pool")));
    }

    View done() {
      return whole;
    }
  }
}
