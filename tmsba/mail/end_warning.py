"""What participants read on their screens when a conference is about to end."""

from tmsba.mail.words import words_for


def end_warning(minutes: int, contact: str, culture: str) -> str:
    """How many minutes are left, and whom to contact.

    Args:
        minutes: 1 or more.
        contact: the administrator's own sentence, or blank.
        culture: the conference's language, such as ``fr-FR``.
    """
    words = words_for(culture)
    sentence = words.say("ends_in", left=words.unit(minutes, "minute"))
    return f"{sentence} {contact}".strip()
