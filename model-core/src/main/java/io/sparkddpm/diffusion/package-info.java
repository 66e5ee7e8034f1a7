/** How data become noise and back: processes and their levels, heads, denoisers, the bound. */
package io.sparkddpm.diffusion;
