/**
 * Configuration: HOCON or properties text in layers, bound to records. A record's components are
 * its keys in kebab case, its nested records are sections, and a default instance supplies whatever
 * no layer sets.
 */
package io.sparkddpm.config;
