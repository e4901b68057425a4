import pytest

from tmsba.mail.end_warning import end_warning


@pytest.mark.parametrize(
    ("minutes", "culture", "sentence"),
    [
        (5, "en-US", "Scheduled meeting ends in 5 minutes."),
        (1, "en-GB", "Scheduled meeting ends in 1 minute."),
        (5, "fr-FR", "La réunion planifiée se termine dans 5 minutes."),
        (2, "ru-RU", "До конца конференции осталось: 2 минуты."),
        (5, "", "Scheduled meeting ends in 5 minutes."),
    ],
)
def test_the_warning_is_in_the_language_of_the_conference(minutes, culture, sentence):
    assert end_warning(minutes, "", culture) == sentence


def test_whom_to_contact_stands_behind_the_sentence():
    text = end_warning(1, "Call 1234.", "en-US")
    assert text == "Scheduled meeting ends in 1 minute. Call 1234."
