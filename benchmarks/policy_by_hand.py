"""The demo city's rental subsidy on 2026-11-20 as somebody would write it who knows its parameters by heart.

Every number stands in the text; what the types have in common is asked once. That is what the compiled statement is held against,
in time and in result.
"""

from __future__ import annotations

BY_HAND = """
WITH h AS (
  SELECT *,
    income_12m_fen + 12 * (
      CASE WHEN deemed_persons >= 1 THEN greatest(declared_income_1_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 2 THEN greatest(declared_income_2_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 3 THEN greatest(declared_income_3_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 4 THEN greatest(declared_income_4_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 5 THEN greatest(declared_income_5_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 6 THEN greatest(declared_income_6_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 7 THEN greatest(declared_income_7_fen, 185000) ELSE 0 END
      + CASE WHEN deemed_persons >= 8 THEN greatest(declared_income_8_fen, 185000) ELSE 0 END) AS income,
    own_area_hundredth_m2 + public_rented_area_hundredth_m2 + disposed_area_year_1_hundredth_m2
      + disposed_area_year_2_hundredth_m2 + disposed_area_year_3_hundredth_m2 + disposed_area_year_4_hundredth_m2
      + disposed_area_year_5_hundredth_m2 AS area,
    graduated AND degree >= 1 AND months_since_graduation < 36 AS m_graduate,
    graduated AND has_labour_contract AND months_since_graduation < 60 AS m_employee,
    NOT local_hukou AND has_labour_contract AS m_migrant
  FROM households
), c AS (
  SELECT *,
    area < 1600 * members AS area_ok,
    assets_fen <= 15000000 * members AS assets_pc_ok,
    assets_fen <= 45000000 AS assets_ok,
    vehicles_for_disabled OR vehicles <= 1 AS vehicles_ok,
    vehicles_for_disabled OR vehicle_value_fen <= 8000000 AS value_ok,
    business_capital_fen <= 5000000 AS capital_ok,
    legal_person_posts <= 0 AS posts_ok,
    local_hukou AND income <= 173333 * 12 * members AS m_low,
    local_hukou AND income <= 260000 * 12 * members AS m_middle,
    income <= 315000 * 12 * members AS income_3150,
    income <= 400000 * 12 * members AS income_4000,
    income <= 440000 * 12 * members AS income_4400,
    income <= 520000 * 12 * members AS income_5200
  FROM h
), a AS (
  SELECT *,
    vehicles_ok AND value_ok AND capital_ok AND posts_ok AS things_ok,
    vehicles_ok AND value_ok AND capital_ok AND posts_ok AND assets_pc_ok AND assets_ok AS all_ok
  FROM c
), b AS (
  SELECT *,
    CASE
      WHEN is_extreme_poverty AND things_ok AND area_ok THEN 1
      WHEN is_minimum_living AND all_ok AND area_ok THEN 2
      WHEN is_minimum_living_edge AND all_ok AND area_ok THEN 3
      WHEN is_rigid_expenditure AND all_ok AND area_ok THEN 4
      WHEN is_dangerous_home AND all_ok AND income_3150 THEN 13
      WHEN is_veteran AND all_ok AND area_ok AND income_3150 THEN 12
      WHEN is_talent AND area_ok THEN 10
      WHEN m_low AND all_ok AND area_ok AND hukou_months >= 24 THEN 5
      WHEN is_public_post AND all_ok AND area_ok AND income_4000 AND insured_months >= 6 THEN 11
      WHEN m_graduate AND all_ok AND area_ok AND income_5200 AND insured_months >= 6 AND subsidised_months < 36 THEN 9
      WHEN m_employee AND all_ok AND area_ok AND income_4400 AND insured_months >= 12 AND subsidised_months < 60 THEN 7
      WHEN m_migrant AND all_ok AND area_ok AND income_4400 AND insured_months >= 24 AND has_residence_permit
        AND subsidised_months < 60 THEN 8
      WHEN m_middle AND all_ok AND area_ok AND hukou_months >= 36 THEN 6
      ELSE 0 END AS fit,
    CASE WHEN is_extreme_poverty THEN 1 WHEN is_minimum_living THEN 2 WHEN is_minimum_living_edge THEN 3
      WHEN is_rigid_expenditure THEN 4 WHEN is_dangerous_home THEN 13 WHEN is_veteran THEN 12 WHEN is_talent THEN 10
      WHEN m_low THEN 5 WHEN is_public_post THEN 11 WHEN m_graduate THEN 9 WHEN m_employee THEN 7 WHEN m_migrant THEN 8
      WHEN m_middle THEN 6 ELSE 0 END AS first_match,
    is_extreme_poverty::INT * 1 + is_minimum_living::INT * 2 + is_minimum_living_edge::INT * 4
      + is_rigid_expenditure::INT * 8 + m_low::INT * 16 + m_middle::INT * 32 + m_employee::INT * 64 + m_migrant::INT * 128
      + m_graduate::INT * 256 + is_talent::INT * 512 + is_public_post::INT * 1024 + is_veteran::INT * 2048
      + is_dangerous_home::INT * 4096 AS matched,
    (applicant_age < 18)::INT * 2048 + (members < 2 AND applicant_age < 30)::INT * 4096 + other_housing_aid::INT * 8192
      + in_public_rental::INT * 16384 + (NOT is_renting)::INT * 32768 + (NOT lease_filed)::INT * 65536
      + (is_waiting AND waiting_months < 12)::INT * 131072 AS general_failed
  FROM a
), d AS (
  SELECT *,
    CASE WHEN fit > 0 THEN fit WHEN first_match > 0 THEN first_match
      WHEN local_hukou THEN 6 ELSE CASE WHEN NOT local_hukou THEN 8 ELSE 0 END END AS chosen
  FROM b
), e AS (
  SELECT *,
    CASE WHEN fit > 0 THEN 0 ELSE
      (NOT CASE chosen WHEN 13 THEN income_3150 WHEN 12 THEN income_3150 WHEN 5 THEN m_low WHEN 11 THEN income_4000
        WHEN 9 THEN income_5200 WHEN 7 THEN income_4400 WHEN 8 THEN income_4400
        WHEN 6 THEN income <= 260000 * 12 * members ELSE true END)::INT * 1
      + (chosen <> 13 AND NOT area_ok)::INT * 2
      + (chosen NOT IN (1, 10) AND NOT assets_pc_ok)::INT * 4
      + (chosen NOT IN (1, 10) AND NOT assets_ok)::INT * 8
      + (chosen <> 10 AND NOT vehicles_ok)::INT * 16
      + (chosen <> 10 AND NOT value_ok)::INT * 32
      + (chosen <> 10 AND NOT capital_ok)::INT * 64
      + (chosen <> 10 AND NOT posts_ok)::INT * 128
      + (hukou_months < CASE chosen WHEN 5 THEN 24 WHEN 6 THEN 36 ELSE 0 END)::INT * 256
      + (chosen = 8 AND NOT has_residence_permit)::INT * 512
      + (insured_months < CASE chosen WHEN 8 THEN 24 WHEN 7 THEN 12 WHEN 9 THEN 6 WHEN 11 THEN 6 ELSE 0 END)::INT * 1024
      + (subsidised_months >= CASE chosen WHEN 9 THEN 36 WHEN 7 THEN 60 WHEN 8 THEN 60 ELSE 100000 END)::INT * 262144
      + CASE WHEN matched = 0 THEN 1099511627776 ELSE 0 END
    END AS typed_failed,
    CASE WHEN fit > 0 AND general_failed = 0 THEN
      least(
        least(
          CASE WHEN fit IN (9, 10) THEN CASE degree WHEN 1 THEN 100000 WHEN 2 THEN 120000 WHEN 3 THEN 150000 ELSE 0 END
          ELSE (greatest(
                  least(greatest(1600 * members, CASE WHEN members >= 2 THEN 3200 ELSE 3000 END), 6000)
                  - own_area_hundredth_m2, 0)::BIGINT * 1550
                * CASE fit WHEN 1 THEN 10 WHEN 2 THEN 9 WHEN 5 THEN 7 WHEN 11 THEN 6 WHEN 7 THEN 5 WHEN 8 THEN 5
                    WHEN 6 THEN 4 ELSE 8 END
                * CASE WHEN has_bereaved_only_child OR has_lone_elder THEN 115
                    WHEN has_disability OR has_veteran OR has_serious_illness THEN 110 ELSE 100 END
                + 50000) // 100000
          END,
          actual_rent_fen),
        CASE WHEN fit IN (9, 10) THEN 150000 ELSE 90000 END)
    ELSE 0 END AS amount
  FROM d
)
SELECT household,
  CASE WHEN fit > 0 AND general_failed = 0 AND amount > 0 THEN 1 ELSE 0 END AS outcome,
  matched, chosen,
  general_failed + typed_failed
    + CASE WHEN fit > 0 AND general_failed = 0 AND amount = 0 THEN 524288 ELSE 0 END AS failed,
  0 AS unknown,
  amount AS amount_fen
FROM e
"""
