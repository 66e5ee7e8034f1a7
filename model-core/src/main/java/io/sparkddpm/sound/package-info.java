/** Sounds: WAV files, spectra, pitches, and notes that the program plays itself. */
package io.sparkddpm.sound;
