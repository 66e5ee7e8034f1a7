package io.sparkddpm.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.network.UNetConfig;
import io.sparkddpm.tensor.ElementType;
import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ForeignWeightsTest {
  private static final UNetConfig NETWORK =
      new UNetConfig(8, 3, 3, 4, List.of(1, 2), 1, List.of(4), 0, 2, 0, 0, 0, 0);
  private static final List<NamedTensor> LAYOUT = NETWORK.spec().layout();
  private static final float[] VALUES = NETWORK.spec().initialParameters(5);

  private static StoredTensor stored(float[] values, List<Long> shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    StoredTensor.Storage storage =
        new StoredTensor.Storage() {
          @Override
          public long bytes() {
            return bytes.capacity();
          }

          @Override
          public ByteBuffer read(long from, int count) {
            return bytes.slice((int) from, count).order(ByteOrder.LITTLE_ENDIAN);
          }
        };
    return StoredTensor.of(ElementType.F32, shape, storage, "test");
  }

  /** The network's tensors as another program has them; every value is moved by {@code add}. */
  private static SortedMap<String, StoredTensor> tensors(
      KeyForm form, String prefix, String suffix, float add) {
    SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    for (NamedTensor tensor : LAYOUT) {
      List<Integer> shape = tensor.shape();
      float[] values = new float[(int) tensor.length()];
      int places = shape.size() < 4 ? 1 : shape.get(2) * shape.get(3);
      int in = shape.size() < 2 ? 1 : shape.get(1);
      int out = shape.get(0);
      for (int i = 0; i < values.length; i++) {
        int place = i % places;
        int input = i / places % in;
        int output = i / places / in;
        boolean last = form == KeyForm.TENSORFLOW; // the output is its last dimension
        int at = last ? (place * in + input) * out + output : i;
        values[at] = VALUES[(int) tensor.offset() + i] + add;
      }
      List<Long> theirs = form.withoutPlaces(form.shape(shape));
      tensors.put(prefix + form.name(tensor.name(), 2) + suffix, stored(values, theirs));
    }
    return tensors;
  }

  private static float[] read(List<TensorGroup> groups, String part) throws IOException {
    return new ForeignWeights("w.pt", LAYOUT).read(groups, Optional.ofNullable(part));
  }

  private static String refusal(List<TensorGroup> groups, String part) {
    return assertThrows(UserException.class, () -> read(groups, part)).getMessage();
  }

  @ParameterizedTest
  @EnumSource(KeyForm.class)
  void everyFormIsFoundBehindAnyPrefix(KeyForm form) throws IOException {
    for (String prefix : List.of("", "model.", "module.unet.")) {
      SortedMap<String, StoredTensor> tensors = tensors(form, prefix, "", 0);
      assertArrayEquals(VALUES, read(List.of(new TensorGroup("", tensors)), null));
    }
  }

  /** As the official code names them; its scopes are model/down_0/block_0 and so on. */
  @ParameterizedTest
  @CsvSource({
    "TENSORFLOW, temb_dense0.weight, temb/dense0/W",
    "TENSORFLOW, temb_dense1.bias, temb/dense1/b",
    "TENSORFLOW, down_0_block_1.norm1.weight, down_0/block_1/norm1/gamma",
    "TENSORFLOW, down_3_attn_0.norm.bias, down_3/attn_0/norm/beta",
    "TENSORFLOW, up_1_attn_0.proj_out.weight, up_1/attn_0/proj_out/W",
    "TENSORFLOW, mid_block_1.temb_proj.weight, mid/block_1/temb_proj/W",
    "TENSORFLOW, down_0_downsample.conv.bias, down_0/downsample/conv/b",
    "TENSORFLOW, norm_out.weight, norm_out/gamma",
    "PESSER, temb_dense0.weight, temb.dense.0.weight",
    "PESSER, down_1_block_0.nin_shortcut.weight, down.1.block.0.nin_shortcut.weight",
    "PESSER, mid_attn_1.q.weight, mid.attn_1.q.weight",
    "DIFFUSERS, up_3_block_2.conv1.weight, up_blocks.0.resnets.2.conv1.weight",
    "DIFFUSERS, up_0_attn_1.k.bias, up_blocks.3.attentions.1.to_k.bias",
    "DIFFUSERS, mid_attn_1.norm.weight, mid_block.attentions.0.group_norm.weight",
    "DIFFUSERS, up_1_upsample.conv.weight, up_blocks.2.upsamplers.0.conv.weight",
    "DIFFUSERS, norm_out.bias, conv_norm_out.bias",
    "DIFFUSERS_OLD, mid_attn_1.proj_out.bias, mid_block.attentions.0.proj_attn.bias"
  })
  void names(KeyForm form, String ours, String theirs) {
    assertEquals(theirs, form.name(ours, 4));
  }

  /** A TensorFlow checkpoint holds averages and an optimiser's slots beside each variable. */
  @Test
  void averagesOfTensorFlowAreAPartOfTheirOwn() throws IOException {
    SortedMap<String, StoredTensor> all = tensors(KeyForm.TENSORFLOW, "model/", "", 0);
    all.putAll(tensors(KeyForm.TENSORFLOW, "model/", "/Adam", 9));
    all.putAll(tensors(KeyForm.TENSORFLOW, "model/", "/ExponentialMovingAverage", 1));
    all.put("global_step", stored(new float[] {800000}, List.of()));
    List<TensorGroup> groups = List.of(new TensorGroup("", all));
    assertEquals(
        "w.pt holds weights of this network in several parts: model/,"
            + " model/*/ExponentialMovingAverage; choose one with --part",
        refusal(groups, null));
    assertArrayEquals(VALUES, read(groups, "model/"));
    float[] averages = VALUES.clone();
    for (int i = 0; i < averages.length; i++) {
      averages[i] += 1;
    }
    assertArrayEquals(averages, read(groups, "model/*/ExponentialMovingAverage"));
  }

  @Test
  void theUserChoosesBetweenParts() throws IOException {
    List<TensorGroup> groups = new ArrayList<>();
    SortedMap<String, StoredTensor> state = tensors(KeyForm.PESSER, "model.", "", 1);
    state.put("betas", stored(new float[3], List.of(3L)));
    groups.add(new TensorGroup("state_dict", state));
    groups.add(new TensorGroup("ema", tensors(KeyForm.PESSER, "", "", 0)));
    groups.add(
        new TensorGroup(
            "optimizer", new TreeMap<>(Map.of("x", stored(new float[1], List.of(1L))))));
    assertEquals(
        "w.pt holds weights of this network in several parts: state_dict/model., ema; choose one"
            + " with --part",
        refusal(groups, null));
    assertArrayEquals(VALUES, read(groups, "ema"));
    assertEquals(VALUES[0] + 1, read(groups, "state_dict")[0]);
    assertTrue(refusal(groups, "emma").startsWith("w.pt has no part 'emma' that may hold weights"));
  }

  @Test
  void theNearestPartIsExplained() {
    SortedMap<String, StoredTensor> tensors = tensors(KeyForm.DIFFUSERS, "", "", 0);
    TensorGroup group = new TensorGroup("", tensors);
    tensors.put("extra", stored(new float[1], List.of(1L)));
    assertEquals(
        "w.pt has a tensor that the network does not know: extra", refusal(List.of(group), null));
    tensors.remove("extra");
    tensors.put("conv_in.bias", stored(new float[3], List.of(3L)));
    assertEquals(
        "w.pt: tensor conv_in.bias must have shape [4], got [3]", refusal(List.of(group), null));
    tensors.remove("conv_in.bias");
    assertEquals("w.pt lacks tensor conv_in.bias of shape [4]", refusal(List.of(group), null));
  }

  /** Names as the checkpoints of CompVis/latent-diffusion and diffusers have them. */
  @ParameterizedTest
  @CsvSource({
    "encoder.conv_in.weight, encoder.conv_in.weight, encoder.conv_in.weight",
    "encoder.down_0_block_1.norm1.bias, encoder.down.0.block.1.norm1.bias,"
        + " encoder.down_blocks.0.resnets.1.norm1.bias",
    "encoder.down_1_downsample.conv.weight, encoder.down.1.downsample.conv.weight,"
        + " encoder.down_blocks.1.downsamplers.0.conv.weight",
    "encoder.mid_attn_1.q.weight, encoder.mid.attn_1.q.weight,"
        + " encoder.mid_block.attentions.0.to_q.weight",
    "encoder.norm_out.weight, encoder.norm_out.weight, encoder.conv_norm_out.weight",
    "quant_conv.weight, quant_conv.weight, quant_conv.weight",
    "post_quant_conv.bias, post_quant_conv.bias, post_quant_conv.bias",
    "decoder.mid_block_2.conv2.weight, decoder.mid.block_2.conv2.weight,"
        + " decoder.mid_block.resnets.1.conv2.weight",
    "decoder.up_3_upsample.conv.weight, decoder.up.3.upsample.conv.weight,"
        + " decoder.up_blocks.0.upsamplers.0.conv.weight",
    "decoder.up_1_block_0.nin_shortcut.weight, decoder.up.1.block.0.nin_shortcut.weight,"
        + " decoder.up_blocks.2.resnets.0.conv_shortcut.weight"
  })
  void theHalvesOfAnAutoencoder(String ours, String compVis, String diffusers) {
    assertEquals(compVis, KeyForm.PESSER.name(ours, 4));
    assertEquals(diffusers, KeyForm.DIFFUSERS.name(ours, 4));
  }
}
