/** What the items of datasets and samples are to people: images, points and their like. */
package io.sparkddpm.medium;
