/**
 * Artefacts on any Hadoop file system: files first, manifest last, nothing renamed, and nothing
 * read that its manifest does not vouch for.
 */
package io.sparkddpm.spark.store;
