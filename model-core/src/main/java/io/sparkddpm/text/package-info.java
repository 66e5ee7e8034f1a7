/** Text as sequences of tokens: vocabularies of characters, pictures, and a grammar to learn. */
package io.sparkddpm.text;
