"""What recurrent models need and Keras lacks."""
