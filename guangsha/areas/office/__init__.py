"""Where staff work: today's work, the queue, a case on one screen, notices, the counter, figures, oversight."""
