/** The Inception-v3 network of FID on native operations. */
package io.sparkddpm.statistics.inception;
