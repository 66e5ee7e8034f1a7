/** What training minimises: how t is drawn, how its errors are weighted, and how they are told. */
package io.sparkddpm.objective;
