/** What an artefact says of itself: its kind, what made it, what it holds, its fingerprint. */
package io.sparkddpm.artifact;
