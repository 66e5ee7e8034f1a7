/**
 * Configuration: HOCON or properties text in layers, bound to records. A record's components are
 * its keys in kebab case, its nested records are sections, and a default instance supplies whatever
 * no layer sets. {@link io.sparkddpm.config.Key} explains a key; a section whose component is an
 * interface with {@link io.sparkddpm.config.OneOf} has a {@code type}, which chooses the record
 * that holds its other keys. A new alternative is a record with {@link io.sparkddpm.config.Variant}
 * and its name in that list.
 */
package io.sparkddpm.config;
