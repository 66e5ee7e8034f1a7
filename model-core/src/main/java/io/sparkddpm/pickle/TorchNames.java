package io.sparkddpm.pickle;

import io.sparkddpm.error.UserException;
import io.sparkddpm.tensor.ElementType;
import io.sparkddpm.tensor.StoredTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that PyTorch's files of weights need: ordered dictionaries, storages, and what makes
 * tensors, as views, of storages. Some stand for settings of no interest; every other is refused.
 */
final class TorchNames implements Pickle.Names {
  private static final String DICTIONARY = "collections.OrderedDict";
  private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String OLD_TENSOR = "torch._utils._rebuild_tensor";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";
  private static final Set<String> KNOWN = Set.of(DICTIONARY, TENSOR, OLD_TENSOR, PARAMETER);

  /** Types, sizes, devices and numbers of numpy's, which stand beside weights. */
  private static final Set<String> IGNORED =
      Set.of(
          "torch.Size",
          "torch.device",
          "torch.float64",
          "torch.float32",
          "torch.float16",
          "torch.bfloat16",
          "torch.int64",
          "torch.int32",
          "torch.bool",
          "numpy.dtype",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "_codecs.encode");

  private static final Map<String, ElementType> STORAGES =
      Map.of(
          "torch.DoubleStorage",
          ElementType.F64,
          "torch.FloatStorage",
          ElementType.F32,
          "torch.HalfStorage",
          ElementType.F16,
          "torch.BFloat16Storage",
          ElementType.BF16,
          "torch.LongStorage",
          ElementType.I64,
          "torch.IntStorage",
          ElementType.I32,
          "torch.ShortStorage",
          ElementType.I16,
          "torch.CharStorage",
          ElementType.I8,
          "torch.ByteStorage",
          ElementType.U8,
          "torch.BoolStorage",
          ElementType.BOOL);

  private static final Pattern NAME = Pattern.compile("[\\w.<>]+");

  private final String file;
  private final Storages storages;

  /** Finds storages. */
  @FunctionalInterface
  interface Storages {
    /**
     * A storage.
     *
     * @param key its name in the file
     * @param type of its elements
     * @param elements how many the pickle says that it has
     */
    StoredTensor.Storage storage(String key, ElementType type, long elements);
  }

  /** A storage, or a part of one, with the type of its elements. */
  private record Typed(StoredTensor.Storage storage, ElementType type, long offset) {}

  TorchNames(String file, Storages storages) {
    this.file = file;
    this.storages = storages;
  }

  @Override
  public Object name(String text) {
    if (IGNORED.contains(text)) {
      return PickleValues.Ignored.INSTANCE;
    }
    if (!NAME.matcher(text).matches()) {
      throw new UserException("%s is damaged: it has a name that Python could not have", file);
    }
    if (!KNOWN.contains(text) && !STORAGES.containsKey(text)) {
      throw new UserException(
          "%s names %s, which is no tensor: nothing of it was run; save the weights alone, such as"
              + " torch.save(model.state_dict(), FILE)",
          file, shown(text));
    }
    return new PickleValues.Name(text);
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  @Override
  public Object apply(PickleValues.Name name, PickleValues.Tuple arguments) {
    return switch (name.text()) {
      case DICTIONARY -> dictionary(arguments);
      case TENSOR, OLD_TENSOR -> tensor(arguments);
      case PARAMETER -> parameter(arguments.get(0));
      default -> throw new UserException("%s is damaged: it makes a %s", file, name.text());
    };
  }

  /** Python 2 gives the items as pairs. */
  private static Map<Object, Object> dictionary(PickleValues.Tuple arguments) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (arguments.size() > 0) {
      for (Object pair : (List<?>) arguments.get(0)) {
        List<?> items = (List<?>) pair;
        map.put((String) items.get(0), items.get(1));
      }
    }
    return map;
  }

  private static StoredTensor parameter(Object tensor) {
    if (tensor instanceof StoredTensor stored) {
      return stored;
    }
    throw new ClassCastException("no tensor");
  }

  private StoredTensor tensor(PickleValues.Tuple arguments) {
    Typed typed = (Typed) arguments.get(0);
    long offset = Math.addExact(typed.offset(), arguments.whole(1));
    return StoredTensor.view(
        typed.type(),
        longs(arguments.get(2)),
        longs(arguments.get(3)),
        offset,
        typed.storage(),
        file);
  }

  private static List<Long> longs(Object tuple) {
    PickleValues.Tuple numbers = (PickleValues.Tuple) tuple;
    List<Long> longs = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i++) {
      longs.add(numbers.whole(i));
    }
    return longs;
  }

  /**
   * A storage by ('storage', type, key, device, elements); before release 1.6 with a part of it,
   * (key, offset, elements), behind, or None.
   */
  @Override
  public Object persistent(Object key) {
    PickleValues.Tuple id = (PickleValues.Tuple) key;
    String type = ((PickleValues.Name) id.get(1)).text();
    ElementType element = STORAGES.get(type);
    if (!"storage".equals(id.get(0)) || element == null) {
      throw new UserException("%s is damaged: it refers to a %s", file, shown(type));
    }
    long elements = id.whole(4);
    StoredTensor.Storage storage = storages.storage((String) id.get(2), element, elements);
    boolean part = id.size() > 5 && id.get(5) != PickleValues.None.INSTANCE;
    long offset = part ? ((PickleValues.Tuple) id.get(5)).whole(1) : 0;
    return new Typed(storage, element, offset);
  }
}
