package io.sparkddpm.statistics.inception;

import io.sparkddpm.statistics.inception.InceptionProgram.Kind;
import io.sparkddpm.statistics.inception.InceptionProgram.Step;
import io.sparkddpm.statistics.inception.InceptionProgram.View;
import io.sparkddpm.statistics.inception.OneDnnWeights.Packed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The program's steps as oneDNN operations, bound to buffers of their own, for one batch size. For
 * one thread.
 */
final class OneDnnRun implements InceptionRun {
  private final int batch;
  private final InceptionProgram program;
  private final OneDnnWeights weights;
  private final int block = OneDnn.channelBlock();
  private final dnnl_stream stream = OneDnn.stream();
  private final Map<Integer, OneDnn.Buffer> slots = new HashMap<>();
  private final List<Operation> operations = new ArrayList<>();
  private final List<dnnl_memory> memories = new ArrayList<>();
  private final List<dnnl_memory_desc> descs = new ArrayList<>();
  private OneDnn.Buffer scratchpad;

  /** A primitive with its arguments, or a copy between views. */
  private record Operation(
      dnnl_primitive primitive, dnnl_exec_arg_t arguments, int count, Step copy) {}

  /** A step and what oneDNN will do for it; nothing for a copy. */
  private record Planned(Step step, dnnl_primitive_desc desc) {}

  /**
   * Plans the given steps.
   *
   * @param batch images, always that many
   */
  OneDnnRun(List<Step> steps, OneDnnWeights weights, int batch) {
    this.batch = batch;
    this.weights = weights;
    this.program = weights.network().program();
    InceptionProgram.slotLengths(program.input(), steps)
        .forEach((slot, length) -> slots.put(slot, new OneDnn.Buffer((long) length * batch)));
    List<Planned> planned = new ArrayList<>();
    long scratch = 0;
    for (Step step : steps) {
      dnnl_primitive_desc desc = step.kind() == Kind.COPY ? null : describe(step);
      scratch = desc == null ? scratch : Math.max(scratch, OneDnn.scratchpad(desc));
      planned.add(new Planned(step, desc));
    }
    scratchpad = new OneDnn.Buffer(scratch / Float.BYTES + 1);
    for (Planned p : planned) {
      if (p.desc == null) {
        operations.add(new Operation(null, null, 0, p.step));
      } else {
        operations.add(operation(p));
        dnnl.dnnl_primitive_desc_destroy(p.desc);
      }
    }
  }

  @Override
  public void put(int image, float[] values) {
    FloatPointer input = slots.get(program.input().slot()).pointer();
    new FloatPointer(input).position((long) image * values.length).put(values, 0, values.length);
  }

  @Override
  public void run(int index) {
    Operation operation = operations.get(index);
    if (operation.copy != null) {
      copy(operation.copy.in(), operation.copy.out());
      return;
    }
    OneDnn.execute(operation.primitive, stream, operation.count, operation.arguments);
  }

  private void copy(View from, View to) {
    FloatPointer source = slots.get(from.slot()).pointer();
    FloatPointer target = slots.get(to.slot()).pointer();
    long bytes = (long) Float.BYTES * from.channels() * from.height() * from.width();
    for (int i = 0; i < batch; i++) {
      Pointer.memcpy(target.getPointer(to.offset(i)), source.getPointer(from.offset(i)), bytes);
    }
  }

  @Override
  public void read(View view, int image, int channels, float[] target) {
    int area = view.height() * view.width();
    int length = (channels + block - 1) / block * block * area;
    long from = view.offset(image);
    new FloatPointer(slots.get(view.slot()).pointer()).position(from).get(target, 0, length);
  }

  @Override
  public int block(View view) {
    return block;
  }

  private dnnl_memory_desc desc(View view) {
    boolean isInput = view.equals(program.input());
    long[] whole = {batch, view.total(), view.height(), view.width()};
    dnnl_memory_desc all = OneDnn.desc(isInput ? dnnl.dnnl_nchw : OneDnn.blockedTag(), whole);
    descs.add(all);
    if (view.channels() == view.total()) {
      return all;
    }
    long[] dims = {batch, view.channels(), view.height(), view.width()};
    dnnl_memory_desc part = OneDnn.range(all, dims, new long[] {0, view.from(), 0, 0});
    descs.add(part);
    return part;
  }

  private dnnl_primitive_desc describe(Step step) {
    dnnl_memory_desc in = desc(step.in());
    dnnl_memory_desc out = desc(step.out());
    return switch (step.kind()) {
      case CONVOLUTION -> {
        InceptionGraph.Convolution c = weights.network().shape(step.kernel());
        dnnl_memory_desc kernel =
            OneDnn.desc(dnnl.dnnl_format_tag_any, c.out(), c.in(), c.height(), c.width());
        dnnl_memory_desc bias = OneDnn.desc(dnnl.dnnl_x, c.out());
        descs.add(kernel);
        descs.add(bias);
        long[] padding = c.same() ? new long[] {c.height() / 2, c.width() / 2} : new long[2];
        yield OneDnn.convolution(
            in, kernel, bias, out, new long[] {c.stride(), c.stride()}, padding);
      }
      case MAX_POOL_HALF -> OneDnn.pooling(true, in, out, 2, 0);
      case MAX_POOL_SAME -> OneDnn.pooling(true, in, out, 1, 1);
      case MEAN_POOL_SAME -> OneDnn.pooling(false, in, out, 1, 1);
      case COPY -> throw new IllegalArgumentException("a copy is no operation of oneDNN");
    };
  }

  private Operation operation(Planned planned) {
    Step step = planned.step;
    boolean convolves = step.kernel() != null;
    int count = convolves ? 5 : 3;
    dnnl_exec_arg_t arguments = new dnnl_exec_arg_t(count);
    argument(arguments, 0, dnnl.DNNL_ARG_SRC, memory(step.in()));
    argument(arguments, 1, dnnl.DNNL_ARG_DST, memory(step.out()));
    dnnl_memory_desc scratch =
        dnnl.dnnl_primitive_desc_query_md(planned.desc, dnnl.dnnl_query_scratchpad_md, 0);
    argument(
        arguments, 2, dnnl.DNNL_ARG_SCRATCHPAD, keep(OneDnn.memory(scratch, scratchpad.pointer())));
    if (convolves) {
      Packed packed = weights.packed(step.kernel(), OneDnn.weights(planned.desc));
      argument(arguments, 3, dnnl.DNNL_ARG_WEIGHTS, packed.memory());
      argument(arguments, 4, dnnl.DNNL_ARG_BIAS, weights.bias(step.kernel()));
    }
    return new Operation(OneDnn.primitive(planned.desc), arguments.position(0), count, null);
  }

  private static void argument(dnnl_exec_arg_t arguments, int at, int name, dnnl_memory memory) {
    arguments.position(at).arg(name).memory(memory);
  }

  private dnnl_memory memory(View view) {
    return keep(OneDnn.memory(desc(view), slots.get(view.slot()).pointer()));
  }

  private dnnl_memory keep(dnnl_memory memory) {
    memories.add(memory);
    return memory;
  }

  @Override
  public void close() {
    for (Operation operation : operations) {
      if (operation.copy == null) {
        dnnl.dnnl_primitive_destroy(operation.primitive);
        operation.arguments.close();
      }
    }
    operations.clear();
    memories.forEach(dnnl::dnnl_memory_destroy);
    memories.clear();
    descs.forEach(dnnl::dnnl_memory_desc_destroy);
    descs.clear();
    slots.values().forEach(OneDnn.Buffer::close);
    slots.clear();
    if (scratchpad != null) {
      scratchpad.close();
      scratchpad = null;
      dnnl.dnnl_stream_destroy(stream);
    }
  }
}
