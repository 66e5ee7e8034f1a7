package io.sparkddpm.artifact;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** A manifest's JSON. Field order is fixed, maps are sorted: equal manifests give equal bytes. */
final class ManifestJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build()
          .configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true)
          .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true);
  private static final DefaultPrettyPrinter PRETTY =
      new DefaultPrettyPrinter()
          .withObjectIndenter(new DefaultIndenter("  ", "\n"))
          .withArrayIndenter(new DefaultIndenter("  ", "\n"));

  private ManifestJson() {}

  static String fingerprint(Manifest m) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("kind", m.kind().code());
    node.put("formatVersion", m.formatVersion());
    node.set("config", MAPPER.valueToTree(m.config()));
    node.set("seeds", MAPPER.valueToTree(m.seeds()));
    ArrayNode inputs = node.putArray("inputs");
    m.inputs().forEach(i -> inputs.add(i.fingerprint()));
    node.set("counts", MAPPER.valueToTree(m.counts()));
    node.set("properties", MAPPER.valueToTree(m.properties()));
    ArrayNode files = node.putArray("files");
    m.files().stream()
        .sorted(Comparator.comparing(FileEntry::logicalPath))
        .forEach(
            f -> {
              ObjectNode file = files.addObject();
              file.put("path", f.logicalPath());
              file.put("size", f.size());
              file.put("sha256", f.sha256());
              file.put("records", f.records());
            });
    return hash(node);
  }

  static byte[] write(Manifest m) {
    ObjectNode node = body(m);
    node.put("fingerprint", fingerprint(m));
    node.put("checksum", hash(node));
    try {
      String text = MAPPER.writer(PRETTY).writeValueAsString(node) + "\n";
      return text.getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest always has a JSON form", e);
    }
  }

  private static ObjectNode body(Manifest m) {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("kind", m.kind().code());
    node.put("formatVersion", m.formatVersion());
    node.put("softwareVersion", m.softwareVersion());
    node.set("config", MAPPER.valueToTree(m.config()));
    node.set("seeds", MAPPER.valueToTree(m.seeds()));
    node.set("inputs", MAPPER.valueToTree(m.inputs()));
    node.set("counts", MAPPER.valueToTree(m.counts()));
    node.set("properties", MAPPER.valueToTree(m.properties()));
    node.set("notes", MAPPER.valueToTree(m.notes()));
    node.set("files", MAPPER.valueToTree(m.files()));
    return node;
  }

  static Manifest read(byte[] json, String source) {
    JsonNode tree;
    try {
      tree = MAPPER.readTree(json);
    } catch (JsonEOFException e) {
      throw new IncompleteManifestException(e, source, json.length);
    } catch (IOException e) {
      throw new UserException(e, "%s is not JSON, so not a manifest: %s", source, firstLine(e));
    }
    if (tree.isMissingNode()) {
      throw new IncompleteManifestException(null, source, json.length);
    }
    if (!tree.isObject()
        || !tree.path("kind").isTextual()
        || !tree.path("formatVersion").canConvertToInt()) {
      throw new ForeignManifestException(
          "%s is not a manifest of this program: it has no kind and format version", source);
    }
    ArtifactKind kind = kind(tree, source);
    Manifest manifest = bind((ObjectNode) tree, kind, source);
    ObjectNode rest = ((ObjectNode) tree).deepCopy();
    JsonNode checksum = rest.remove("checksum");
    if (checksum == null || !checksum.asText().equals(hash(rest))) {
      throw new UserException(
          "%s was altered after it was written: its checksum is %s, its content gives %s",
          source, checksum == null ? "missing" : checksum.asText(), hash(rest));
    }
    return manifest;
  }

  private static ArtifactKind kind(JsonNode tree, String source) {
    String writer = tree.path("softwareVersion").asText("unknown");
    Optional<ArtifactKind> kind = ArtifactKind.ofCode(tree.get("kind").asText());
    if (kind.isEmpty()) {
      throw new ForeignManifestException(
          "%s is of kind '%s', written by version %s; this version %s knows %s",
          source, tree.get("kind").asText(), writer, SoftwareVersion.CURRENT, ArtifactKind.known());
    }
    int version = tree.get("formatVersion").asInt(0);
    if (version > kind.get().formatVersion()) {
      throw new ForeignManifestException(
          "%s: %s format %d, written by version %s, is newer than this version %s can read"
              + " (up to format %d); use a newer version",
          source, kind.get(), version, writer, SoftwareVersion.CURRENT, kind.get().formatVersion());
    }
    return kind.get();
  }

  private static Manifest bind(ObjectNode tree, ArtifactKind kind, String source) {
    try {
      return new Manifest(
          kind,
          tree.get("formatVersion").asInt(0),
          tree.path("softwareVersion").asText("unknown"),
          field(tree, "config", new TypeReference<SortedMap<String, String>>() {}),
          field(tree, "seeds", new TypeReference<SortedMap<String, Long>>() {}),
          field(tree, "inputs", new TypeReference<List<InputRef>>() {}),
          field(tree, "counts", new TypeReference<SortedMap<String, Long>>() {}),
          field(tree, "properties", new TypeReference<SortedMap<String, String>>() {}),
          field(tree, "notes", new TypeReference<SortedMap<String, String>>() {}),
          field(tree, "files", new TypeReference<List<FileEntry>>() {}));
    } catch (IllegalArgumentException | IOException e) {
      throw new UserException(e, "%s is not a valid manifest: %s", source, firstLine(e));
    }
  }

  private static <T> T field(ObjectNode tree, String name, TypeReference<T> type)
      throws IOException {
    JsonNode node = tree.get(name);
    if (node == null || node.isNull()) {
      throw new IllegalArgumentException("field '" + name + "' is missing");
    }
    return MAPPER.readerFor(type).readValue(node);
  }

  private static String hash(ObjectNode node) {
    return Sha256.of(node.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String firstLine(Exception e) {
    return e.getMessage().lines().findFirst().orElse("no detail");
  }
}
