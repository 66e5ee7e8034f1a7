package io.sparkddpm.statistics.inception;

import io.sparkddpm.error.UserException;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * oneDNN's C interface with checked calls. Tensors stay in its blocked layout from layer to layer,
 * weights are packed once, bias and ReLU belong to the convolution.
 */
final class OneDnn {
  private static final int ALIGNMENT = 64;
  private static final long[] NO_DILATION = {0, 0};

  private OneDnn() {}

  /** The processor; created once, shared by all threads. */
  private static final class Processor {
    static final dnnl_engine ENGINE = create();

    private static dnnl_engine create() {
      dnnl_engine engine = new dnnl_engine();
      check(dnnl.dnnl_engine_create(engine, dnnl.dnnl_cpu, 0), "engine");
      return engine;
    }
  }

  static dnnl_engine engine() {
    try {
      return Processor.ENGINE;
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      throw new UserException(
          e, "oneDNN's native library, which the Inception network needs, cannot be loaded here");
    }
  }

  static dnnl_stream stream() {
    dnnl_stream stream = new dnnl_stream();
    check(dnnl.dnnl_stream_create(stream, engine(), dnnl.dnnl_stream_default_flags), "stream");
    return stream;
  }

  /** Channels that lie side by side in a blocked tensor: a vector register's. */
  static int channelBlock() {
    engine();
    int avx512 = dnnl.dnnl_cpu_isa_avx512_core;
    return (dnnl.dnnl_get_effective_cpu_isa() & avx512) == avx512 ? 16 : 8;
  }

  /** The layout [N, C/block, H, W, block]. */
  static int blockedTag() {
    return channelBlock() == 16 ? dnnl.dnnl_nChw16c : dnnl.dnnl_nChw8c;
  }

  static dnnl_memory_desc desc(int tag, long... dims) {
    dnnl_memory_desc desc = new dnnl_memory_desc();
    check(
        dnnl.dnnl_memory_desc_create_with_tag(desc, dims.length, dims, dnnl.dnnl_f32, tag),
        "tensor");
    return desc;
  }

  /** A range of a tensor, sharing its memory. */
  static dnnl_memory_desc range(dnnl_memory_desc whole, long[] dims, long[] offsets) {
    dnnl_memory_desc desc = new dnnl_memory_desc();
    check(dnnl.dnnl_memory_desc_create_submemory(desc, whole, dims, offsets), "range of a tensor");
    return desc;
  }

  static dnnl_memory memory(dnnl_memory_desc desc, Pointer data) {
    dnnl_memory memory = new dnnl_memory();
    check(dnnl.dnnl_memory_create(memory, desc, engine(), data), "memory");
    return memory;
  }

  /** Floats in native memory, begun at a cache line; freed by the root it is part of. */
  static final class Buffer implements AutoCloseable {
    private final FloatPointer root;
    private final FloatPointer aligned;

    Buffer(long floats) {
      this.root = new FloatPointer(floats + ALIGNMENT / Float.BYTES);
      long beyond = root.address() % ALIGNMENT;
      this.aligned = root.getPointer(beyond == 0 ? 0 : (ALIGNMENT - beyond) / Float.BYTES);
    }

    FloatPointer pointer() {
      return aligned;
    }

    @Override
    public void close() {
      root.close();
    }
  }

  /**
   * A convolution with bias and ReLU.
   *
   * @param weights of tag any: oneDNN chooses
   */
  static dnnl_primitive_desc convolution(
      dnnl_memory_desc in,
      dnnl_memory_desc weights,
      dnnl_memory_desc bias,
      dnnl_memory_desc out,
      long[] strides,
      long[] padding) {
    dnnl_post_ops relu = new dnnl_post_ops();
    check(dnnl.dnnl_post_ops_create(relu), "operation");
    check(dnnl.dnnl_post_ops_append_eltwise(relu, dnnl.dnnl_eltwise_relu, 0, 0), "ReLU");
    dnnl_primitive_attr attributes = attributes();
    check(dnnl.dnnl_primitive_attr_set_post_ops(attributes, relu), "ReLU");
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    check(
        dnnl.dnnl_convolution_forward_primitive_desc_create(
            desc,
            engine(),
            dnnl.dnnl_forward_inference,
            dnnl.dnnl_convolution_direct,
            in,
            weights,
            bias,
            out,
            strides,
            NO_DILATION,
            padding,
            padding,
            attributes),
        "convolution");
    dnnl.dnnl_primitive_attr_destroy(attributes);
    dnnl.dnnl_post_ops_destroy(relu);
    return desc;
  }

  /** A 3×3 pooling; means are over what lies inside the image. */
  static dnnl_primitive_desc pooling(
      boolean max, dnnl_memory_desc in, dnnl_memory_desc out, int stride, int padding) {
    dnnl_primitive_attr attributes = attributes();
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    long[] kernel = {3, 3};
    long[] strides = {stride, stride};
    long[] pad = {padding, padding};
    check(
        dnnl.dnnl_pooling_forward_primitive_desc_create(
            desc,
            engine(),
            dnnl.dnnl_forward_inference,
            max ? dnnl.dnnl_pooling_max : dnnl.dnnl_pooling_avg_exclude_padding,
            in,
            out,
            strides,
            kernel,
            NO_DILATION,
            pad,
            pad,
            attributes),
        "pooling");
    dnnl.dnnl_primitive_attr_destroy(attributes);
    return desc;
  }

  private static dnnl_primitive_attr attributes() {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    check(dnnl.dnnl_primitive_attr_create(attributes), "attributes");
    check(
        dnnl.dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl.dnnl_scratchpad_mode_user),
        "scratchpad");
    return attributes;
  }

  /** Bytes of working memory that the operation wants. */
  static long scratchpad(dnnl_primitive_desc desc) {
    return dnnl.dnnl_memory_desc_get_size(
        dnnl.dnnl_primitive_desc_query_md(desc, dnnl.dnnl_query_scratchpad_md, 0));
  }

  /** The layout of weights that the operation chose; belongs to it. */
  static dnnl_memory_desc weights(dnnl_primitive_desc desc) {
    return dnnl.dnnl_primitive_desc_query_md(desc, dnnl.dnnl_query_weights_md, 0);
  }

  static dnnl_primitive primitive(dnnl_primitive_desc desc) {
    dnnl_primitive primitive = new dnnl_primitive();
    check(dnnl.dnnl_primitive_create(primitive, desc), "operation");
    return primitive;
  }

  /** Copies a tensor into another layout. */
  static void reorder(
      dnnl_memory_desc from, dnnl_memory source, dnnl_memory_desc to, dnnl_memory target) {
    dnnl_primitive_desc desc = new dnnl_primitive_desc();
    check(
        dnnl.dnnl_reorder_primitive_desc_create(desc, from, engine(), to, engine(), null),
        "reorder");
    dnnl_primitive primitive = primitive(desc);
    dnnl_stream stream = stream();
    dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(2);
    arguments.position(0).arg(dnnl.DNNL_ARG_FROM).memory(source);
    arguments.position(1).arg(dnnl.DNNL_ARG_TO).memory(target);
    execute(primitive, stream, 2, arguments.position(0));
    arguments.close();
    dnnl.dnnl_stream_destroy(stream);
    dnnl.dnnl_primitive_destroy(primitive);
    dnnl.dnnl_primitive_desc_destroy(desc);
  }

  static void execute(
      dnnl_primitive primitive, dnnl_stream stream, int count, dnnl_exec_arg_t arguments) {
    check(dnnl.dnnl_primitive_execute(primitive, stream, count, arguments), "execution");
    check(dnnl.dnnl_stream_wait(stream), "execution");
  }

  static void check(int status, String what) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN: " + what + " failed with status " + status);
    }
  }
}
